import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { gatekeeper } from "../../components/gatekeeper/gatekeeper-feature";
import { celOf } from "../../components/kubernetes/admission-rule-cel";
import {
  judgedBy,
  POLICY_PREFIX,
  RULE_NAMES,
  type RuleName,
  ruleNamed,
} from "../../components/kubernetes/admission-rules";
import { listPath } from "../../components/kubernetes/cluster-objects";
import { PODS } from "../../components/kubernetes/judged-kinds";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";
import { denialOf } from "../../policy-pack/admission/evaluate-cel";
import type { Policy } from "../../policy-pack/pack/policy";
import { admissionRules } from "../../policy-pack/policies/admission-rules";
import { capabilities } from "../../policy-pack/policies/capabilities";
import { containerResources } from "../../policy-pack/policies/container-resources";
import { hostNamespaces } from "../../policy-pack/policies/host-namespaces";
import { hostPaths } from "../../policy-pack/policies/host-paths";
import { noPrivileged } from "../../policy-pack/policies/no-privileged";
import { pinnedImages } from "../../policy-pack/policies/pinned-images";
import { privilegeEscalation } from "../../policy-pack/policies/privilege-escalation";
import { readOnlyRoot } from "../../policy-pack/policies/read-only-root";
import { runAsNonRoot } from "../../policy-pack/policies/run-as-non-root";
import { seccompProfile } from "../../policy-pack/policies/seccomp-profile";
import { REFUSED } from "../../scenarios/all-scenarios";
import { withoutWhatIsOff } from "../../scenarios/check/detections";
import type { Store } from "../../scenarios/check/store";
import { runOnCluster } from "../../scenarios/cluster/runner";
import { DEFAULT_INDICES, REFUSED_PREFIX } from "../../scenarios/model/names";
import { withImagesOf } from "../../scenarios/model/refused-request";
import { ApiError } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { kubectlAccess } from "../../tools/dev/kubectl";
import { newTable } from "../../tools/dev/table";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { GatekeeperManager } from "../rigs/mesh/gatekeeper-manager";
import { sampleViolations, shapesOf, violationsIn, writeSamples } from "../support/admission/gatekeeper-log";
import { judgeByGator } from "../support/admission/gator";
import { ALLOWED, asObject, type Fields, pod, SAMPLES } from "../support/admission/samples";
import { defineServiceEntries } from "../support/admission/service-entries";
import { assertSeries } from "../support/metrics/rule-series";
import { judge } from "../support/policy/assertions";
import { nothingIsLeft } from "../support/scenarios/scenario-run";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf, kindsMissing, until } from "../support/stack/objects";

const SENSOR = [
  { name: "otel_pipeline", enabled: true },
  { name: "falco", enabled: true },
];
const ALERT_RULES = path.join(
  __dirname,
  "..",
  "..",
  "components",
  "gatekeeper",
  "prometheus-rules-gatekeeper.yaml",
);
const NOTHING: Store = { search: async () => ({ total: 0, hits: [] }) };
/** Off: who denies in this stack is Gatekeeper. The lists are the rules', whoever goes by them. */
const LISTS = { name: "pod_admission", enabled: false, config: ALLOWED };
const GATEKEEPER = {
  name: "gatekeeper",
  enabled: true,
  config: {
    namespaces: {
      ...{ strict: "deny", warned: "warn" },
      ...Object.fromEntries(["privileged", "bypass"].map((id) => [REFUSED_PREFIX + id, "deny"])),
    },
    auditInterval: 10,
  },
};
const EXCEPTION = {
  admission: "mesh-bypass",
  namespace: "strict",
  labels: { app: "legacy" },
  reason: "speaks a protocol that the mesh does not carry",
  owner: "payments",
  until: "2030-01-31",
};

/** The rule of the policy pack that forbids the same in the stack's own objects. */
const CROSSGUARD: Readonly<Record<RuleName, Policy>> = {
  resources: containerResources,
  privileged: noPrivileged,
  "privilege-escalation": privilegeEscalation,
  "read-only-root": readOnlyRoot,
  "run-as-non-root": runAsNonRoot,
  capabilities,
  "seccomp-profile": seccompProfile,
  "temporary-volumes": admissionRules,
  "host-namespaces": hostNamespaces,
  "host-paths": hostPaths,
  "pinned-images": pinnedImages,
  registries: admissionRules,
  "mesh-bypass": admissionRules,
  "mesh-system": admissionRules,
  "service-entries": admissionRules,
};

/** Where the API server alone denies by this rule. */
const policyNamespace = (rule: RuleName) => `policy-${rule}`;

/** By the others only the API server denies: Gatekeeper does not look there. */
const OF_GATEKEEPER = RULE_NAMES.filter((name) => !ruleNamed(name).ofOthers);
/** Its audit holds pods and what makes them. */
const AUDITED = OF_GATEKEEPER.filter((name) => judgedBy(name) === PODS);

describe("Gatekeeper by the rules about pods, with its real manager and the stack's own rights", function () {
  this.timeout(400_000);
  let deployment: Deployment;
  let manager: GatekeeperManager;

  before(async () => {
    deployment = await Deployment.start({ name: "test-gatekeeper" });
    deployment.configure({ features: [...SENSOR, LISTS, GATEKEEPER], exceptions: [EXCEPTION] });
    for (const name of ["strict", "warned", "team", ...RULE_NAMES.map(policyNamespace)])
      await deployment.api.create("/api/v1/namespaces", { metadata: { name } });
    await defineServiceEntries(deployment.api);
    const update = deployment.run("up");
    manager = await Promise.race([
      GatekeeperManager.start(deployment.cluster, deployment.api),
      failed(update),
    ]);
    await Promise.race([update, manager.program.ended()]);
    await manager.connectWebhooks(deployment.api);
    await addPolicies();
    await waitUntil("both to deny", async () => {
      for (const rule of RULE_NAMES) {
        const denied = SAMPLES[rule].denied[0]!;
        const both = OF_GATEKEEPER.includes(rule)
          ? ["strict", policyNamespace(rule)]
          : [policyNamespace(rule)];
        const answers = await Promise.all(both.map((namespace) => refusal(namespace, denied)));
        if (answers.includes(undefined)) throw new Error(`${rule} lets through`);
      }
      return true;
    });
  });
  after(async () => {
    await manager?.program.stop();
    await deployment?.stop();
  });

  /** Ends only where the update fails before the manager has started. */
  async function failed(update: Promise<unknown>): Promise<never> {
    await update;
    return new Promise(() => {});
  }

  async function addPolicies(): Promise<void> {
    for (const rule of RULE_NAMES) {
      const others = RULE_NAMES.filter((name) => name !== rule);
      const config = admissionSchema.parse({
        rules: Object.fromEntries(others.map((name) => [name, "off"])),
        ...(ruleNamed(rule).ofOthers
          ? { stage: "deny" }
          : { namespaces: { [policyNamespace(rule)]: "deny" } }),
        ...ALLOWED,
      });
      for (const manifest of admissionManifests(
        config,
        ruleNamed(rule).ofOthers ? [policyNamespace(rule)] : [],
      ))
        await deployment.api.create(listPath(manifest), manifest);
    }
  }

  /** The API server's answer to an object that it refuses. */
  async function refusal(namespace: string, sample: object): Promise<string | undefined> {
    const object = asObject(sample, "sample", namespace);
    try {
      await deployment.api.create(`${listPath(object)}?dryRun=All`, object);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
  }

  it("agrees with the API server's policies, gator, the policy pack and policy:check on every sample", async () => {
    const columns = ["rule", "samples", "API server", "Gatekeeper", "gator", "policy pack", "policy:check"];
    const table = newTable(columns);
    const disagreeing: string[] = [];
    for (const rule of RULE_NAMES) {
      const { allowed, denied } = SAMPLES[rule];
      assert.ok(allowed.length >= 3 && denied.length >= 3, rule);
      const samples = [...allowed, ...denied];
      const expected = samples.map((_, index) => index >= allowed.length);
      const verdicts = await verdictsOf(rule, samples);
      for (const [who, found] of Object.entries(verdicts))
        found?.forEach((denies, index) => {
          if (denies !== expected[index])
            disagreeing.push(
              `${who} ${denies ? "denies" : "allows"} by ${rule}: ${JSON.stringify(samples[index])}`,
            );
        });
      const shown = (found: boolean[] | undefined) =>
        found ? `${found.filter((denies) => !denies).length} / ${found.filter(Boolean).length}` : "not there";
      table.push([rule, `${allowed.length} / ${denied.length}`, ...Object.values(verdicts).map(shown)]);
    }
    console.log(`        allowed / denied\n${table.toString().replace(/^/gm, "        ")}`);
    assert.deepEqual(disagreeing, []);
  });

  async function verdictsOf(rule: RuleName, samples: readonly object[]) {
    const ask = async (namespace: string, text: RegExp) => {
      const answers: boolean[] = [];
      for (const sample of samples) answers.push(text.test((await refusal(namespace, sample)) ?? ""));
      return answers;
    };
    const isGatekeepers = OF_GATEKEEPER.includes(rule);
    const namespace = ruleNamed(rule).ofOthers ? "kube-system" : "any";
    const named = samples.map((sample, index) => asObject(sample, `sample-${index}`, namespace));
    const config = CROSSGUARD[rule] === admissionRules ? ALLOWED : {};
    return {
      apiServer: await ask(
        policyNamespace(rule),
        new RegExp(`'${POLICY_PREFIX}${rule}' .*found: .+; allowed: .+; fix: `),
      ),
      gatekeeper: isGatekeepers
        ? await ask("strict", new RegExp(`\\[${POLICY_PREFIX}${rule}-deny\\] found: .+; allowed: .+; fix: `))
        : undefined,
      gator: isGatekeepers ? await judgeByGator(rule, named) : undefined,
      policyPack: named.map((object) => judge(CROSSGUARD[rule], object, { config }).violations.length > 0),
      policyCheck: named.map((object) => denialOf(celOf(ruleNamed(rule), ALLOWED), object) !== undefined),
    };
  }

  it("lets the pods be that an exception names, and no others", async () => {
    const bypass = { "istio.io/dataplane-mode": "none" };
    const labelled = (labels: Fields) => pod({}, {}, { labels: { ...labels, ...bypass } });
    assert.equal(await refusal("strict", labelled(EXCEPTION.labels)), undefined);
    assert.match(
      (await refusal("strict", labelled({ app: "web" }))) ?? "",
      /stack-mesh-bypass-deny\] found: /,
    );
  });

  it("is what refuses in the scenarios of what has to be refused, where it is the one that denies", async () => {
    const config = new KubeConfig();
    config.loadFromFile(deployment.cluster.kubeconfigPath);
    const asked = withoutWhatIsOff(REFUSED, new Map([["admission", ["privileged", "mesh-bypass"]]]));
    const results = await runOnCluster(withImagesOf(asked, ALLOWED.registries[0]), {
      ...{ config, store: NOTHING, indices: DEFAULT_INDICES, say: () => undefined, ignoreSensors: true },
      signal: new AbortController().signal,
      lock: { namespace: "default", seconds: 15 },
    });
    const passed = results.filter(({ status }) => status === "passed");
    assert.deepEqual(
      passed.map(({ id }) => id),
      ["refused-privileged", "refused-mesh-bypass"],
      JSON.stringify(results, null, 1),
    );
    for (const { expectations } of passed)
      assert.match(expectations[0]?.why.join() ?? "", /^403: .*validation\.gatekeeper\.sh.* found: /s);
    await nothingIsLeft(deployment.api);
  });

  it("lets through and tells the client in the stage warn, and says nothing in dryrun", async () => {
    const { kubectl } = await ensureTools(["kubectl"]);
    const create = (namespace: string) => {
      const { kubeconfigPath } = deployment.cluster;
      const args = [
        ...kubectlAccess(kubeconfigPath),
        "create",
        "-n",
        namespace,
        "--dry-run=server",
        "-f",
        "-",
      ];
      const input = JSON.stringify(asObject(SAMPLES.privileged.denied[0]!, "sample", namespace));
      const { status, stderr } = spawnSync(kubectl, args, { input, encoding: "utf8" });
      return { status, stderr };
    };
    const warned = create("warned");
    assert.equal(warned.status, 0, warned.stderr);
    assert.match(
      warned.stderr,
      /Warning: \[security-stack-privileged-warn\] found: main: securityContext\.privileged is true; allowed: privileged: false; fix: /,
    );
    assert.deepEqual(create("team"), { status: 0, stderr: "" });
  });

  /** A pod that violates a rule, with the label by which people say whose it is. */
  function owned(rule: RuleName): object {
    const sample = SAMPLES[rule].denied[0] as { metadata: { labels?: object } };
    const labels = { ...sample.metadata.labels, owner: "payments" };
    return asObject({ ...sample, metadata: { ...sample.metadata, labels } }, rule, "team");
  }

  it("reports what is there already, of each rule, by the audit from its cache", async () => {
    // Pods that Gatekeeper has not refused: those of a namespace in dryrun.
    for (const rule of AUDITED) await deployment.api.create("/api/v1/namespaces/team/pods", owned(rule));
    const kinds = (await allObjects(deployment.api)).filter(
      ({ apiVersion, metadata }) =>
        apiVersion === "constraints.gatekeeper.sh/v1beta1" &&
        AUDITED.some((rule) => metadata.name === POLICY_PREFIX + rule),
    );
    assert.equal(kinds.length, AUDITED.length);
    for (const { apiVersion, kind, metadata } of kinds) {
      interface Audited {
        status?: {
          totalViolations?: number;
          violations?: { name: string; message: string; enforcementAction: string }[];
        };
      }
      const rule = metadata.name.slice(POLICY_PREFIX.length);
      const { status } = await until(
        `the audit to report ${rule}`,
        () => deployment.api.get<Audited>(`/apis/${apiVersion}/${kind.toLowerCase()}/${metadata.name}`),
        (seen) => seen.status?.violations?.some(({ name }) => name === rule) ?? false,
      );
      const found = status!.violations!.find(({ name }) => name === rule)!;
      assert.match(found.message, /^found: .+; allowed: .+; fix: /);
      assert.equal(found.enforcementAction, "dryrun");
    }
  });

  it("logs both as the samples of its documents have them", () => {
    const lines = violationsIn(manager.program.log());
    assert.ok(lines.some((line) => line.includes('"owner":"payments"')));
    if (process.env["UPDATE_GOLDEN"] === "1") writeSamples(lines);
    assert.deepEqual(shapesOf(lines), shapesOf(sampleViolations()));
  });

  it("does all of it within the rights that the stack gives it", () => {
    assert.deepEqual(manager.program.forbidden(), []);
  });

  it("is run as the config says: what the chart ignores would not be among the arguments", () => {
    const wanted = [
      ...["--audit-interval=10", "--audit-from-cache=true", "--constraint-violations-limit=20"],
      ...["--emit-audit-events=true", "--emit-admission-events=true", "--log-denies=true"],
      ...["--enable-external-data=false", "--default-create-vap-for-templates=false"],
      "--default-create-vap-binding-for-constraints=false",
    ];
    assert.deepEqual(
      wanted.filter((one) => !manager.podArguments.includes(one)),
      [],
    );
    assert.ok(!manager.podArguments.some((one) => one.includes("mutation-webhook")));
  });

  it("changes nothing the second time, and tells what it denies and the audit has found already", async () => {
    const preview = await deployment.run("preview", ["--expect-no-changes"]);
    for (const rule of AUDITED)
      assert.match(
        preview,
        new RegExp(
          `gatekeeper denies by the rule ${rule}, and the audit of what is there counts \\d+ violations of it: team/`,
        ),
      );
  });

  it("keeps nobody from working when it is gone, and the API server's policies go on to deny; the alert rules have their series", async () => {
    const told = await manager.metrics();
    await manager.program.stop();
    await deployment.api.create("/api/v1/namespaces", { metadata: { name: "made-without" } });
    assert.equal(await refusal("strict", SAMPLES.privileged.denied[0]!), undefined);
    const denied = await refusal(policyNamespace("privileged"), SAMPLES.privileged.denied[0]!);
    assert.match(denied ?? "let through", /found: main/);
    // Of the webhook the API server tells once it has let something through.
    assertSeries(ALERT_RULES, [told, await deployment.api.get<string>("/metrics")]);
  });

  it("leaves nothing when it is switched off, also where it does not run", async () => {
    const { ofCharts = [], asObjects = [] } = gatekeeper.kindsOfPeople ?? {};
    assert.deepEqual(await kindsMissing(deployment.api, [...ofCharts, ...asObjects]), []);
    deployment.configure({ features: SENSOR });
    await deployment.run("up");
    const left = () =>
      allObjects(deployment.api).then((all) =>
        all
          .filter((object) => belongsTo("gatekeeper")(object) || /gatekeeper\.sh/.test(object.apiVersion))
          .map(idOf),
      );
    await until("no object of Gatekeeper", left, (ids) => ids.length === 0);
  });
});
