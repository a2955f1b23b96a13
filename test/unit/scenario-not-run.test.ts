import assert from "node:assert/strict";
import { parseConfig } from "../../components/core/config/parse";
import { type Plan, plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { excuses, withoutStandIns, withoutWhatIsOff } from "../../scenarios/check/detections";
import { runScenarios } from "../../scenarios/check/run";
import type { Store } from "../../scenarios/check/store";
import type { ClusterApi } from "../../scenarios/cluster/api";
import { standIns } from "../../scenarios/cluster/stand-ins";
import { detectionsOf } from "../../scenarios/feature/planned-detections";
import { DEFAULT_INDICES } from "../../scenarios/model/names";
import type { Scenario } from "../../scenarios/model/scenario-schema";
import { makeReport } from "../../scenarios/report/report";
import { settingsOf } from "../../tools/cli/plan";

const SENSORS = ["otel_pipeline", "falco", "tetragon", "osquery", "k8s_audit", "correlation"].map((name) => ({
  name,
}));

function planWith(features: object[], tests: object = { enabled: true }): Plan {
  const values = {
    global: { clusterName: "test" },
    features,
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
    tests,
  };
  return plan(parseConfig({ values, encrypted: [] }, FEATURES));
}

const missing = (features: object[]) =>
  excuses(withoutWhatIsOff(SCENARIOS, detectionsOf(planWith(features).features)));

const changed = (name: string, config: object) =>
  SENSORS.map((one) => (one.name === name ? { name, config } : one));

describe("what a stack can't find", () => {
  it("is nothing where all sensors are on with their defaults, and on the dev stack", () => {
    assert.deepEqual(missing(SENSORS), []);
    const dev = excuses(withoutWhatIsOff(SCENARIOS, detectionsOf(plan(settingsOf("dev")).features)));
    assert.deepEqual(
      [...new Set(dev.map((line) => line.split(": ").slice(-2).join(": ")))],
      ["not run: correlation is off", "not run: k8s_audit is off"],
    );
  });

  it("is what a policy looks for that is off", () => {
    const found = missing(changed("tetragon", { policies: ["process-exec", "container-escape-monitor"] }));
    assert.ok(
      found.includes(
        "validate-cron-persistence: tetragon: policy match: cron file written: not run: policy cron-persistence is off",
      ),
      found.join("\n"),
    );
    assert.deepEqual([...new Set(found.map((line) => line.split(": ").at(-1)))].sort(), [
      "credential-access is off",
      "cron-persistence is off",
      "policy credential-access is off",
      "policy cron-persistence is off",
      "policy suspicious-egress is off",
      "suspicious-egress is off",
    ]);
  });

  for (const rules of [{ disable: ["Cron file *"] }, { disableTags: ["T1053.003"] }])
    it(`is what a rule looks for that is off by ${JSON.stringify(rules)}`, () => {
      assert.deepEqual(missing(changed("falco", { rules })), [
        "validate-cron-persistence: falco: alert: cron file written: not run: rule Cron file written is off",
        "validate-cron-persistence: correlation: chain: two-sensors T1053.003: not run: falco: Cron file written is off",
      ]);
    });

  it("is not what a rule looks for that is switched on again", () => {
    const rules = { disable: ["Cron file *"], enable: ["Cron file written"] };
    assert.deepEqual(missing(changed("falco", { rules })), []);
  });

  it("is what is below Falco's priority", () => {
    const found = missing(changed("falco", { priority: "Warning" }));
    assert.ok(
      found.some((line) => line.endsWith("rule Kubernetes API contacted by hand from container is off")),
    );
    assert.ok(!found.some((line) => line.includes("Cron file written")));
  });

  it("is all of a sensor that is off, and of a pack that is not chosen", () => {
    const found = missing(SENSORS.filter(({ name }) => name !== "falco"));
    assert.ok(found.length > 10 && found.every((line) => line.endsWith("falco is off")));
    assert.ok(!found.some((line) => line.includes("chain: download-execute:")), "Tetragon alone sees it");
    const packs = missing(changed("osquery", { packs: ["processes"] }));
    assert.ok(
      packs.includes("scope-inventory: osquery: running kernel of a node: not run: query kernel_info is off"),
    );
  });

  it("is every chain of events where correlation is off, and those of a rule that is", () => {
    const off = missing(SENSORS.filter(({ name }) => name !== "correlation"));
    assert.equal(off.length, SCENARIOS.flatMap(({ chains }) => chains).length);
    assert.ok(off.every((line) => line.endsWith(": not run: correlation is off")));
    assert.deepEqual(missing(changed("correlation", { disable: ["download-execute"] })), [
      "download-execute: correlation: chain: download-execute: not run: rule download-execute is off",
    ]);
  });

  it("is said in the plan, and given to the Job with its scenarios", () => {
    const planned = planWith(changed("tetragon", { policies: ["process-exec"] }), {
      enabled: true,
      scenarios: ["validate-cron-persistence"],
    });
    const line =
      "scenarios: validate-cron-persistence: tetragon: policy match: cron file written: not run: policy cron-persistence is off";
    assert.ok(planned.warnings.includes(line), planned.warnings.join("\n"));
    const { contribution } = planned.features.find(({ name }) => name === "scenarios")!;
    const configMap = contribution.manifests.find((manifest) => manifest.kind === "ConfigMap");
    const [scenario] = JSON.parse(configMap?.data?.["scenarios.json"] ?? "[]") as Scenario[];
    assert.deepEqual(
      scenario?.expectations.map(({ tool, notRun }) => `${tool} ${notRun}`),
      ["falco undefined", "tetragon policy cron-persistence is off"],
    );
  });
});

describe("a run of what can't be found", () => {
  const everything: Store = {
    search: async () => ({
      total: 2,
      hits: [1, 2].map((n) => ({ _id: `${n}`, _index: "i", _source: DOCUMENT })),
    }),
  };
  const made: string[] = [];
  const attacker = {
    evidenceOf: () => "live" as const,
    carryOut: async ({ id }: Scenario) => {
      made.push(id);
      return [];
    },
  };
  const run = async (standIns: string[]) => {
    made.length = 0;
    const shell = SCENARIOS.filter(({ id }) => id === "validate-shell");
    const results = await runScenarios(withoutStandIns(shell, standIns), attacker, everything, {
      indices: DEFAULT_INDICES,
      intervalMs: 1,
    });
    return makeReport("test", results, []);
  };

  it("never passes by a stand-in, though its documents are there", async () => {
    const report = await run(["falco"]);
    const [result] = report.scenarios;
    assert.deepEqual(
      result?.expectations.map(({ tool, status, why }) => [tool, status, ...why]),
      [
        ["falco", "not run", "stand-in"],
        ["falco", "not run", "stand-in"],
        ["tetragon", "passed"],
      ],
    );
    assert.deepEqual(report.matrix[0]?.cells, { falco: "not run", tetragon: "seen" });
    assert.deepEqual([result?.status, report.allPassed, report.success], ["passed", true, false]);
  });

  it("knows a stand-in by its nodes: those of the embedded cluster have a label, kwok's own an annotation", async () => {
    const nodes = [
      { metadata: { name: "node-1", labels: { "security-stack/simulated": "true" } } },
      { metadata: { name: "node-2", annotations: { "kwok.x-k8s.io/node": "fake" } } },
      { metadata: { name: "real-1", labels: { "kubernetes.io/os": "linux" } } },
    ];
    const sets = ["falco", "otel_pipeline"].map((name) => ({
      metadata: { uid: name, labels: { "app.kubernetes.io/component": name } },
    }));
    const podOf = (uid: string, nodeName: string) => ({
      metadata: { ownerReferences: [{ uid }] },
      spec: { nodeName },
    });
    const pods = [
      ...nodes.map(({ metadata }) => podOf("otel_pipeline", metadata.name)),
      ...["node-1", "node-2"].map((name) => podOf("falco", name)),
    ];
    const lists: Record<string, object[]> = { Node: nodes, DaemonSet: sets, Pod: pods };
    const api = { list: async (_: string, kind: string) => lists[kind] } as unknown as ClusterApi;
    assert.deepEqual(await standIns(api), ["falco"]);
  });

  it("makes no attack that nothing can see, and has not passed", async () => {
    const report = await run(["falco", "tetragon"]);
    assert.deepEqual(made, []);
    assert.equal(report.scenarios[0]?.status, "not run");
    assert.equal(report.allPassed, false);
  });
});

const DOCUMENT = {
  "@timestamp": new Date().toISOString(),
  event: { severity: [2] },
  threat: { technique: { id: ["T1059", "T1059.004"] } },
  process: { name: "sh" },
  kubernetes: { pod: { uid: "u" } },
  container: { id: "c" },
};
