import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { POD_RULES } from "../../components/kubernetes/admission-rules";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { judgeManifests } from "../../policy-pack/pack/without-engine";
import { policyOfRule } from "../../policy-pack/policies/admission-rules";
import { withExceptions } from "../../tools/cli/excepted-waivers";
import { readManifests } from "../../tools/cli/manifest-files";
import { appliedBy } from "../../tools/dev/policy/environment";
import { container, patched, pod } from "../support/policy/assertions";
import { denyAll, goodDaemonSet, goodNamespace, object } from "../support/policy/policy-objects";
import { MINIMAL, settingsOf } from "../support/stack/config";

const BOOTSTRAP = path.join(__dirname, "..", "..", "tools", "bootstrap.js");
const GOOD = [goodNamespace(), denyAll(), goodDaemonSet()];
const privileged = patched(goodDaemonSet(), container("securityContext"), { privileged: true });

describe("npm run policy:check", function () {
  this.timeout(120_000);

  function check(input: string, ...args: string[]) {
    const result = spawnSync(process.execPath, [BOOTSTRAP, "policy:check", ...args], {
      input,
      encoding: "utf8",
    });
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  }
  const yaml = (...objects: object[]) => objects.map((one) => stringify(one)).join("---\n");

  it("passes good manifests and ends with 0", () => {
    const { code, stdout, stderr } = check(yaml(...GOOD), "-");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /3 objects, 44 policies at the levels of prod: 0 mandatory findings, 0 advisory/);
    assert.match(
      stdout,
      /left out, since they judge what only Pulumi knows: override-fields, data-protected/,
    );
  });

  it("prints findings per policy, and ends with 1 on a mandatory one", () => {
    const { code, stdout } = check(
      yaml(goodNamespace(), denyAll(), privileged),
      "-",
      "--environment",
      "stage",
    );
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^no-privileged \(critical\): .*\n {2}\[mandatory\] DaemonSet\/security-system\/agent, container main\n {4}found: {3}privileged: true/m,
    );
    assert.match(stdout, /levels of stage: \d+ mandatory/);
  });

  it("says what is wrong with what it is given", () => {
    for (const [input, args, message] of [
      ["a: {requests: 1}", ["-"], /no Kubernetes object/],
      ["a: [", ["-"], /stdin is not valid YAML/],
      ["", ["/absent.yaml"], /no file \/absent\.yaml/],
      ["", ["-", "--environment", "qa"], /no environment "qa"/],
    ] as const) {
      const { code, stderr } = check(input, ...args);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.equal(stderr.includes("    at "), false, stderr);
    }
  });
});

describe("manifests in files", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-check-"));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  function read(text: string, name = "m.yaml") {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return readManifests([file]);
  }
  const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";

  it("are read as kubectl reads them: documents, lists, YAML 1.1, merge keys, JSON", () => {
    assert.equal(read(`---\n# nothing\n---\n${POD}---\n${POD}`).manifests.length, 2);
    const [first] = read(
      `${POD}spec: {hostPID: yes, hostIPC: off, at: 2026-01-02, time: 12:30:00}`,
    ).manifests;
    assert.deepEqual((first as { spec: unknown }).spec, {
      hostPID: true,
      hostIPC: false,
      at: "2026-01-02",
      time: "12:30:00",
    });
    const merged = read(`${POD}x: &x {privileged: true}\nspec: {<<: *x}`).manifests[0] as { spec: object };
    assert.deepEqual(merged.spec, { privileged: true });
    const list = { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "Pod" }] };
    assert.deepEqual(read(JSON.stringify(list), "l.json").manifests, [{ apiVersion: "v1", kind: "Pod" }]);
    const typed = { apiVersion: "apps/v1", kind: "DeploymentList", items: [{ metadata: { name: "d" } }] };
    assert.deepEqual(read(stringify(typed)).manifests, [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } },
    ]);
  });

  it("of a folder are read with all below, and what is no object is told", () => {
    const below = path.join(folder, "all", "below");
    fs.mkdirSync(below, { recursive: true });
    fs.writeFileSync(path.join(below, "a.yml"), POD);
    fs.writeFileSync(path.join(below, "values.yaml"), "replicas: 2");
    const kustomization =
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yml]";
    fs.writeFileSync(path.join(below, "kustomization.yaml"), kustomization);
    fs.writeFileSync(path.join(below, "notes.txt"), "none");
    const { manifests, others } = readManifests([path.join(folder, "all")]);
    assert.equal(manifests.length, 1);
    assert.match(others.join(), /kustomization\.yaml, document 1,.*values\.yaml, document 1$/);
  });

  it("with aliases that multiply or lead nowhere are refused", () => {
    const laughs = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [name, of] of ["ba", "cb", "dc", "ed", "fe"].map((pair) => [...pair]))
      laughs.push(`${name}: &${name} [*${of}, *${of}, *${of}, *${of}, *${of}, *${of}, *${of}, *${of}]`);
    assert.throws(() => read(laughs.join("\n")), /is not valid YAML: Excessive alias count/);
    assert.throws(() => read("a: *nowhere"), /is not valid YAML: Unresolved alias/);
  });
});

describe("judging without an engine", () => {
  const judged = (manifests: object[], level?: "advisory") =>
    judgeManifests(
      manifests,
      POLICIES.filter((policy) => !policy.needsPulumi).map((policy) => ({
        policy,
        level: level ?? policy.level,
        settings: {},
      })),
      "2026-11-29",
    );

  it("says what the engine says: nothing of good objects, and notes are advisory", () => {
    assert.deepEqual(judged(GOOD), []);
    const levels = judged([...GOOD.slice(0, 2), privileged]).map(
      ({ policy, level }) => `${policy.name} ${level}`,
    );
    assert.ok(levels.includes("no-privileged mandatory"), levels.join());
    assert.ok(judged([privileged], "advisory").every(({ level }) => level === "advisory"));
    const hiding = object("x.example/v1", "Thing", "t", { spec: { patch: "hostPID: true\n" } });
    const notes = judged([hiding]).filter(({ message }) => message.includes("not checked"));
    assert.deepEqual(
      notes.map(({ policy, level }) => `${policy.name} ${level}`),
      ["opaque-resources advisory"],
    );
  });

  it("counts what Pulumi corrects as advice, and changes nothing of what it is given", () => {
    const bare = patched(goodDaemonSet(), pod("securityContext", "seccompProfile"), undefined);
    const before = structuredClone(bare);
    const found = judged([goodNamespace(), denyAll(), bare]);
    assert.deepEqual(
      found.map(({ policy, level }) => `${policy.name} ${level}`),
      ["seccomp-profile advisory"],
    );
    assert.match(found[0]!.message, /Pulumi corrects this by itself/);
    assert.deepEqual(bare, before);
  });

  it("leaves the names and labels of others to them", () => {
    const foreign = patched(object("v1", "ConfigMap", "c"), ["metadata", "labels"], {});
    assert.deepEqual(judged([foreign]), []);
    const ours = patched(object("v1", "ConfigMap", "c"), ["metadata", "labels"], {
      "app.kubernetes.io/part-of": "security-stack",
    });
    assert.deepEqual(
      judged([ours]).map(({ policy, level }) => `${policy.name} ${level}`),
      ["standard-labels mandatory"],
    );
  });
});

describe("what exceptions of admission rules say to policy:check", () => {
  const { exceptions } = settingsOf(
    `${MINIMAL}exceptions: [{admission: privileged, namespace: shop, labels: {app: legacy}, reason: speaks to a device of its own, owner: payments, until: "2027-03-31"}]`,
    FEATURES,
  );
  const template = (app: string) => ({
    metadata: { labels: { app } },
    spec: { containers: [{ name: "main", securityContext: { privileged: true } }] },
  });
  const podIn = (namespace: string | undefined, app: string) => {
    const { metadata, spec } = template(app);
    return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "one", namespace }, spec };
  };
  const jobOf = (app: string) => ({
    ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "one", namespace: "shop" } },
    spec: { jobTemplate: { spec: { template: template(app) } } },
  });

  /** What `no-privileged` and `run-as-non-root` say of it. */
  function levels(manifest: object, today = "2026-12-01", namespace = "default") {
    const policies = POLICIES.filter(({ name }) => ["no-privileged", "run-as-non-root"].includes(name));
    const known = withExceptions(appliedBy({}, policies), exceptions.current, [manifest], namespace);
    return judgeManifests([manifest], known, today).map(
      ({ policy, level, message }) =>
        `${policy.name} ${level}${message.startsWith("waived until 2027-03-31 by payments:") ? " waived" : ""}`,
    );
  }
  const AS_ROOT = "run-as-non-root mandatory";

  it("is a waiver of the policy that holds the same, and of no other", () => {
    assert.deepEqual(levels(podIn("shop", "legacy")), ["no-privileged advisory waived", AS_ROOT]);
    assert.deepEqual(levels(jobOf("legacy")), ["no-privileged advisory waived", AS_ROOT]);
    assert.deepEqual(levels(podIn(undefined, "legacy"), "2026-12-01", "shop"), [
      "no-privileged advisory waived",
      AS_ROOT,
    ]);
  });

  it("is for these pods in this namespace, until its last day", () => {
    const refused = ["no-privileged mandatory", AS_ROOT];
    for (const other of [
      podIn("shop", "web"),
      podIn("bank", "legacy"),
      podIn(undefined, "legacy"),
      jobOf("web"),
    ])
      assert.deepEqual(levels(other), refused);
    assert.deepEqual(levels(podIn("shop", "legacy"), "2027-04-01"), refused);
  });

  it("knows for each rule about pods a policy that is there", () => {
    const names = POLICIES.map(({ name }) => name);
    for (const rule of POD_RULES) assert.ok(names.includes(policyOfRule(rule)), rule);
    assert.equal(policyOfRule("privileged"), "no-privileged");
  });
});
