import assert from "node:assert/strict";
import { LEVELS_VARIABLE } from "../../policy-pack/pack/surroundings";
import { compilePolicyPack } from "../../tools/dev/policy/compile";
import { patched } from "../support/policy/assertions";
import { GOOD_CONFIG } from "../support/policy/good-stack";
import { grouped, ObjectPreviews } from "../support/policy/objects";
import { PolicyPreviews, summary } from "../support/policy/pack-preview";
import { denyAll, goodDaemonSet, goodNamespace, object } from "../support/policy/policy-objects";
import { type RegisteredObject, UNKNOWN_MARK } from "../support/policy/program/program";

const CONTAINER = ["spec", "template", "spec", "containers", 0];
const PARENTS = ["security-stack:index:SecurityStack", "security-stack:agent:Feature"];

/** A namespace with an agent in it, which no policy has anything against. */
function base(agent: object = goodDaemonSet()): RegisteredObject[] {
  return grouped("base", [
    goodNamespace("security-system", "privileged"),
    denyAll(),
    agent,
  ] as RegisteredObject["manifest"][]);
}

describe("the pack in the real engine", function () {
  this.timeout(300_000);
  const previews = new ObjectPreviews("policy-engine");
  before(compilePolicyPack);
  after(() => previews.remove());

  it("corrects missing labels and a missing seccomp profile, shows it, and then has nothing against them", async () => {
    const bare = patched(
      patched(goodDaemonSet(), ["metadata", "labels"], undefined),
      ["spec", "template", "spec", "securityContext", "seccompProfile"],
      undefined,
    );
    const [namespace, deny] = base();
    const agent = { group: "bare", parents: PARENTS, manifest: bare } as RegisteredObject;
    const preview = await previews.preview([namespace!, deny!, agent]);
    assert.equal(preview.code, 0, preview.output);
    assert.deepEqual(preview.remediations.map(({ policy }) => policy).sort(), [
      "seccomp-profile",
      "standard-labels",
    ]);
    const made = preview.objects.find(({ urn }) => urn.includes("::bare/"))?.inputs as ReturnType<
      typeof goodDaemonSet
    >;
    assert.equal((made.metadata.labels as Record<string, string>)["app.kubernetes.io/component"], "agent");
    assert.deepEqual(
      made.spec.template.spec.securityContext,
      goodDaemonSet().spec.template.spec.securityContext,
    );
  });

  it("says of a value that the preview does not know that it was not checked, and judges all else", async () => {
    const unknown = patched(goodDaemonSet(), [...CONTAINER, "image"], UNKNOWN_MARK);
    const second = { ...unknown.spec.template.spec.containers[0], name: "two", image: "evil.example/b:1" };
    const both = patched(unknown, ["spec", "template", "spec", "containers", "+"], second);
    const preview = await previews.preview(base(both));
    assert.notEqual(preview.code, 0);
    assert.deepEqual([...new Set(preview.violations.map(({ policy }) => policy))], ["allowed-registries"]);
    assert.match(preview.violations[0]!.message, /container two/);
    const unchecked = preview.advice.filter(({ message }) =>
      /not checked: .*containers\.0\.image can't be known/.test(message),
    );
    assert.deepEqual(unchecked.map(({ policy }) => policy).sort(), [
      "allowed-registries",
      "pinned-images",
      "workload-shape",
    ]);
  });

  it("lets a waived violation pass as advice, and an expired waiver not", async () => {
    const bad = base(patched(goodDaemonSet(), [...CONTAINER, "livenessProbe"], undefined));
    const waiver = {
      resource: "DaemonSet/security-system/agent",
      reason: "until 1.3 has a probe",
      owner: "platform",
    };
    const waived = await previews.preview(bad, {
      policyConfig: { probes: { waivers: [{ ...waiver, expires: "2999-12-31" }] } },
    });
    assert.equal(waived.code, 0, waived.output);
    assert.match(summary(waived.advice).join(), /probes.*[\s\S]*waived until 2999-12-31 by platform/);
    const expired = await previews.preview(bad, {
      policyConfig: { probes: { waivers: [{ ...waiver, expires: "2020-12-31" }] } },
    });
    assert.notEqual(expired.code, 0);
    assert.match(
      summary(expired.violations).join(),
      /probes.*[\s\S]*waiver: {2}of platform, expired on 2020-12-31/,
    );
  });

  it("is stopped by the Pulumi CLI itself when a waiver has no expiry or a level does not exist", async () => {
    const waiver = { resource: "stack", reason: "a reason of some length", owner: "platform" };
    const endless = await previews.preview(base(), { policyConfig: { probes: { waivers: [waiver] } } });
    assert.notEqual(endless.code, 0);
    assert.match(endless.output, /probes: waivers\.0: expires is required/);
    const level = await previews.preview(base(), { policyConfig: { probes: "strict" } });
    assert.notEqual(level.code, 0);
    assert.match(level.output, /"strict" is not a valid enforcement level/);
  });

  it("says whose levels hold and why, as the command that chose them told it", async () => {
    const bad = base(patched(goodDaemonSet(), [...CONTAINER, "securityContext", "privileged"], true));
    const why = 'prod: the stack\'s name "acme" begins with none of dev, stage, prod';
    const { violations } = await previews.preview(bad, { env: { [LEVELS_VARIABLE]: why } });
    assert.match(
      violations.map(({ message }) => message).join(),
      /levels: {2}of prod: the stack's name "acme" begins with none/,
    );
  });

  it("keeps an update from changing anything", async () => {
    const bad = base(patched(goodDaemonSet(), [...CONTAINER, "securityContext", "privileged"], true));
    const update = await previews.up(bad);
    assert.notEqual(update.code, 0);
    assert.match(update.stdout, /no-privileged/);
    assert.deepEqual(
      previews.rendered().filter((file) => file.includes("daemonset")),
      [],
    );
  });
});

describe("data in production", function () {
  this.timeout(300_000);
  const previews = new ObjectPreviews("policy-data");
  before(compilePolicyPack);
  after(() => previews.remove());

  it("is protected, as the pack demands, and the engine then refuses to delete it", async () => {
    const claim = object("v1", "PersistentVolumeClaim", "store", {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    const stored = [...base(), { group: "store", manifest: claim, protect: true } as RegisteredObject];
    const update = await previews.up(stored);
    assert.equal(update.code, 0, update.stdout + update.stderr);
    const gone = await previews.preview(base());
    assert.notEqual(gone.code, 0);
    assert.match(gone.output, /store.* cannot be deleted\nbecause it is protected|is protected/);
  });
});

describe("overrides of the stack config, through the real program,", function () {
  this.timeout(300_000);
  const previews = new PolicyPreviews("policy-overrides");
  before(compilePolicyPack);
  after(() => previews.remove());

  it("are stopped each by the policy that is about it", async () => {
    const preview = await previews.preview({
      config: {
        ...GOOD_CONFIG,
        features: GOOD_CONFIG.features.filter(({ name }) =>
          ["otel_pipeline", "falco", "osquery"].includes(name),
        ),
        override: {
          falco: { image: "evil.example/falco:0.45.0" },
          osquery: { tolerations: [], nodeSelector: { pool: "infra" } },
          nodeCollector: { resources: { limits: { memory: "2Gi" } } },
          gateway: { replicas: 1 },
        },
      },
      environment: "prod",
    });
    assert.notEqual(preview.code, 0);
    const stopped = preview.violations.map(({ policy, urn }) => `${policy} ${urn.split("::").at(-1)}`);
    assert.deepEqual([...new Set(stopped)].sort(), [
      "allowed-registries daemonset/security-system/falco",
      "collector-durability statefulset/security-pipeline/gateway",
      "daemonset-nodes daemonset/security-system/osquery",
      "daemonset-tolerations daemonset/security-system/osquery",
      "node-budget security-stack-prod",
      "within-sizing daemonset/security-system/node-collector",
    ]);
  });
});

describe("overrides that the program does not check", function () {
  this.timeout(300_000);
  const previews = new ObjectPreviews("policy-override-fields");
  before(compilePolicyPack);
  after(() => previews.remove());

  it("50: an override that lowers a security context is stopped by override-fields", async () => {
    const config = { override: { agent: { securityContext: { privileged: true } } } };
    const preview = await previews.preview(base(), { config });
    assert.notEqual(preview.code, 0);
    assert.deepEqual(
      preview.violations.map(({ policy }) => policy),
      ["override-fields"],
    );
    assert.match(preview.violations[0]!.message, /override.agent.securityContext/);
  });
});
