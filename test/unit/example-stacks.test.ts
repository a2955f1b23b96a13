import assert from "node:assert/strict";
import * as fs from "node:fs";
import { clusterOf } from "../../components/cluster/stack-cluster";
import { stackPolicyLevel } from "../../components/core/config/load";
import { ENVIRONMENTS } from "../../components/core/config/policy-level";
import { planStack, settingsOf } from "../../tools/cli/plan";

describe("the example stacks", () => {
  for (const stack of ENVIRONMENTS)
    it(`plan ${stack}, with every sensor and a managed Elasticsearch`, () => {
      const { features } = planStack(stack);
      const names = features.map(({ name }) => name);
      for (const name of ["elastic", "falco", "osquery", "otel_pipeline", "tetragon", "trivy"])
        assert.ok(names.includes(name), name);
    });

  it("are one for kind too, whose Tetragon reads the machine's /proc where the cluster's config mounts it", () => {
    const { features, warnings } = planStack("kind");
    const mounted = /containerPath: (\/\w+)/.exec(fs.readFileSync("docs/kind-cluster.yaml", "utf8"))?.[1];
    const { config } = settingsOf("kind").features.find(({ feature }) => feature.name === "tetragon")!.bound!;
    assert.equal((config as { hostProcPath: string }).hostProcPath, mounted);
    assert.ok(features.some(({ name }) => name === "elastic"));
    assert.deepEqual(
      warnings.filter((warning) => /ignored|never/.test(warning)),
      [],
    );
    assert.equal(stackPolicyLevel("Pulumi.kind.yaml"), "dev");
  });

  it("are one that makes its own cluster on AWS, within its budget", () => {
    const settings = settingsOf("eks");
    const cluster = clusterOf(settings, planStack("eks"));
    assert.ok(cluster);
    assert.deepEqual(cluster.cost.unknown, []);
    assert.ok(cluster.cost.monthly <= settings.envelope.eks!.budget!);
    for (const { left } of cluster.nodes)
      assert.ok(left.memoryMib > 8 * 1024, "room for the users' own pods");
  });

  it("differ in the policies' levels, the rules and the alerts", () => {
    const levels = ENVIRONMENTS.map((stack) => stackPolicyLevel(`Pulumi.${stack}.yaml`));
    assert.deepEqual(levels, [undefined, "stage", "prod"]);
    const settings = ENVIRONMENTS.map((stack) => settingsOf(stack));
    const rules = settings.map(
      ({ features }) => features.find(({ feature }) => feature.name === "falco")?.bound?.config,
    );
    const alerts = settings.map(({ envelope }) => envelope.output.elasticsearch.objects.alerts);
    for (const parts of [rules, alerts])
      assert.equal(new Set(parts.map((part) => JSON.stringify(part))).size, ENVIRONMENTS.length);
  });
});
