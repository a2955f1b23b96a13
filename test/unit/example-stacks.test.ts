import assert from "node:assert/strict";
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
