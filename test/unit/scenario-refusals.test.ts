import assert from "node:assert/strict";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { ALL_SCENARIOS, REFUSED, SCENARIOS } from "../../scenarios/all-scenarios";
import { excuses, offered, withoutWhatIsOff } from "../../scenarios/check/detections";
import { runScenarios, type ScenarioResult } from "../../scenarios/check/run";
import type { Answer } from "../../scenarios/check/step-result";
import type { Store } from "../../scenarios/check/store";
import { allowedRegistry, detectionsOf } from "../../scenarios/feature/planned-detections";
import { DEFAULT_INDICES } from "../../scenarios/model/names";
import { withImagesOf } from "../../scenarios/model/refused-request";
import type { Scenario } from "../../scenarios/model/scenario-schema";
import { makeReport } from "../../scenarios/report/report";
import { page } from "../../scenarios/report/report-page";

const CLUSTER = { clusterName: "test" };
const OUTPUT = { elasticsearch: { endpoints: ["https://es.example:9200"] } };

function featuresWith(...features: object[]) {
  const all = [{ name: "otel_pipeline" }, { name: "k8s_audit" }, ...features];
  const values = { global: CLUSTER, features: all, output: OUTPUT, tests: { enabled: true } };
  return plan(parseConfig({ values, encrypted: [] }, FEATURES)).features;
}

const admission = (config: object) => ({ name: "pod_admission", config });
const refusedIn = (features: ReturnType<typeof featuresWith>) =>
  offered(REFUSED, detectionsOf(features)).map(({ id }) => id);
const OF_ADMISSION = ["refused-privileged", "refused-mesh-system", "refused-mesh-bypass", "refused-host"];

describe("scenarios of what is refused", () => {
  it("are offered where the feature is on that refuses", () => {
    assert.deepEqual(refusedIn(featuresWith()), []);
    assert.deepEqual(refusedIn(featuresWith(admission({}))), OF_ADMISSION);
    assert.deepEqual(refusedIn(featuresWith({ name: "istio" }, { name: "cilium" })), [
      ...["refused-plaintext", "refused-egress", "refused-clear-nodes"],
    ]);
    assert.deepEqual(offered(SCENARIOS, new Map()), SCENARIOS);
  });

  it("are not run where the rule does not deny, does not hold, or only packets show it", () => {
    const of = (...features: object[]) => {
      const detections = detectionsOf(featuresWith(...features));
      return excuses(withoutWhatIsOff(REFUSED, detections)).map((line) => line.replace(/^refused-/, ""));
    };
    const said = of(admission({ rules: { privileged: "deny", "mesh-bypass": "warn" } }), { name: "istio" });
    assert.deepEqual(said, [
      "mesh-system: admission: refused by the rule mesh-system: not run: the rule mesh-system does not deny in every namespace of yours",
      "mesh-bypass: admission: refused by the rule mesh-bypass: not run: the rule mesh-bypass does not deny in every namespace of yours",
      "host: admission: refused by the rule service-entries: not run: the rule service-entries does not deny in every namespace of yours",
      ...[
        "plaintext: istio: connection in clear refused",
        "egress: istio: way out to an unknown host closed",
      ].map(
        (what) =>
          `${what}: not run: it takes pods that send packets; docs/zero-trust.md has the commands, to be run by hand`,
      ),
      "clear-nodes: cilium: no traffic of pods in clear between nodes: not run: it takes pods that send packets; docs/zero-trust.md has the commands, to be run by hand",
    ]);
    const deny = of(admission({ stage: "deny", egressHosts: ["api.example.com"] }));
    assert.ok(!deny.some((line) => OF_ADMISSION.some((id) => line.startsWith(id.replace("refused-", "")))));
  });

  it("are those of Gatekeeper too, where it is the one that denies", () => {
    const features = featuresWith({ name: "gatekeeper", config: { rules: { privileged: "deny" } } });
    const detections = detectionsOf(features);
    assert.deepEqual(detections.get("admission"), ["privileged"]);
  });

  it("take images from a registry that the rules allow", () => {
    const features = featuresWith(admission({ registries: ["registry.example/shop", "other.example"] }));
    assert.equal(allowedRegistry(features), "registry.example/shop");
    const images = (registry?: string) =>
      JSON.stringify(withImagesOf(REFUSED, registry)).match(/"image":"[^"]+"/g) ?? [];
    assert.deepEqual(
      [...new Set(images(allowedRegistry(features)))],
      ['"image":"registry.example/shop/ctem:1"'],
    );
    assert.deepEqual(
      [...new Set(images(allowedRegistry(featuresWith())))],
      ['"image":"registry.invalid/ctem:1"'],
    );
  });
});

describe("a run of what has to be refused", () => {
  const everything: Store = {
    search: async () => ({ total: 1, hits: [{ _id: "1", _index: "i", _source: DOCUMENT }] }),
  };
  const attacked: string[] = [];
  const run = async (answer: Answer | undefined, scenarios = only("refused-privileged")) => {
    attacked.length = 0;
    const attacker = {
      evidenceOf: () => "live" as const,
      carryOut: async ({ id }: Scenario) => {
        attacked.push(id);
        const detail = "422: ... ValidatingAdmissionPolicy 'security-stack-privileged' denied";
        return [
          { what: "POST", startedAt: "", ok: answer !== undefined, detail, ...(answer ? { answer } : {}) },
        ];
      },
    };
    const options = { indices: DEFAULT_INDICES, intervalMs: 1 };
    const results = await runScenarios(scenarios, attacker, everything, options);
    return results[0]!;
  };
  const verdicts = ({ expectations }: ScenarioResult) =>
    expectations.map(({ tool, status, why }) => [tool, status, ...why]);

  it("passes by the denial and the document of it", async () => {
    const result = await run("refused");
    assert.equal(result.status, "passed");
    assert.deepEqual(verdicts(result), [
      ["admission", "passed", "422: ... ValidatingAdmissionPolicy 'security-stack-privileged' denied"],
      ["k8s_audit", "passed"],
    ]);
    const report = page(
      makeReport("test", [result], []),
      { scenarios: SCENARIOS, tagged: [], samples: () => "recorded" },
      [],
    );
    assert.match(report, /<p>422: ... ValidatingAdmissionPolicy/);
  });

  it("fails where it was let through, whatever documents there are", async () => {
    const result = await run("let through");
    assert.equal(result.status, "failed");
    assert.deepEqual(verdicts(result), [
      ["admission", "failed", "it was let through"],
      ["k8s_audit", "not run", "it was let through"],
    ]);
  });

  it("is not run where the cluster has no such kind, and an error where another refused", async () => {
    assert.equal((await run("no such kind")).status, "not run");
    assert.equal((await run(undefined)).status, "error");
  });

  it("does not attack where only packets show it, nor where the rule does not deny", async () => {
    const off = withoutWhatIsOff(only("refused-privileged"), detectionsOf(featuresWith(admission({}))));
    for (const scenarios of [only("refused-plaintext"), off]) {
      assert.equal((await run("refused", scenarios)).status, "not run");
      assert.deepEqual(attacked, []);
    }
  });
});

const only = (id: string) => ALL_SCENARIOS.filter((one) => one.id === id);

/** As the collector writes it of a request that is refused, but for what no expectation asks for. */
const DOCUMENT = {
  "@timestamp": "2026-11-30T06:00:00Z",
  event: { id: "1", created: "2026-11-30T06:00:01Z" },
  http: { response: { status_code: 422 } },
  user: { name: "{attacker}" },
};
