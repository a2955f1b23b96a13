import assert from "node:assert/strict";
import { alertsSchema } from "../../components/core/config/alerts-schema";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { alertInputs, connectorInputs } from "../../components/elastic/alert-inputs";
import { allDashboards } from "../../components/elastic/dashboards/all-dashboards";
import { dashboardInputs, dataViewInputs } from "../../components/elastic/dashboards/build";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { asProviderInputs } from "../support/elastic/as-provider-inputs";
import { ElasticStack } from "../support/elastic/elastic-stack";
import type { Registered } from "../support/elastic/program/elastic-program";

const all = (type: string, inputs: Record<string, object>): Registered[] =>
  Object.entries(inputs).map(([name, one]) => ({ type, name, inputs: one as Record<string, unknown> }));

/** A donut as the Elastic provider is told of it, which holds the stack's dashboards against what Kibana takes. */
function oneDonut(): Record<string, object> {
  const dashboards = dashboardInputs(INDICES, allDashboards(registryFacts(FEATURES)));
  for (const { dashboardId, body } of Object.values(dashboards)) {
    const donut = body.panels.find(({ config }) => config["type"] === "pie");
    if (donut)
      return { [dashboardId]: asProviderInputs({ dashboardId, body: { ...body, panels: [donut] } }) };
  }
  throw new Error("no dashboard has a donut");
}

const OBJECTS: Registered[] = [
  ...all("KibanaDashboard", oneDonut()),
  ...all("KibanaDataView", dataViewInputs(INDICES)),
  ...all("KibanaActionConnector", connectorInputs()),
  ...all(
    "KibanaAlertingRule",
    alertInputs(
      INDICES,
      alertsSchema.parse({ silentAfterMinutes: { tetragon: 30, osquery: 1_560 } }),
      registryFacts(FEATURES).documents,
    ),
  ),
];

/** A preview asks nothing of Kibana: names, types, choices and rules' parameters are checked by the provider itself. */
describe("Kibana's objects, previewed by the real provider", function () {
  this.timeout(300_000);
  const stack = new ElasticStack("kibana-objects", {
    endpoints: ["https://localhost:1"],
    username: "nobody",
    password: "none",
  });
  after(() => stack.remove());

  it("are all accepted", async () => {
    assert.equal((await stack.run("preview", OBJECTS))["create"], OBJECTS.length + 2);
  });

  const BROKEN: [string, string, (text: string) => string, RegExp][] = [
    [
      "a choice that is none",
      "security-overview",
      (text) => text.replaceAll('"donutHole":"m"', '"donutHole":"huge"'),
      /donut_hole value must be one of/,
    ],
    [
      "a rule without what Kibana asks of it",
      "security-dead-letters",
      (text) => text.replaceAll('\\"size\\":10,', ""),
      /missing required params keys for rule type "\.es-query": size/,
    ],
  ];

  for (const [what, id, damage, error] of BROKEN)
    it(`would be refused with ${what}`, async () => {
      const broken = OBJECTS.filter(({ name }) => name === id).map((one) => ({
        ...one,
        inputs: JSON.parse(damage(JSON.stringify(one.inputs))),
      }));
      const { code, output } = await stack.attempt("preview", broken);
      assert.notEqual(code, 0);
      assert.match(output, error);
    });
});
