import assert from "node:assert/strict";
import { alertsSchema } from "../../components/core/config/alerts-schema";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { alertInputs, connectorInputs } from "../../components/elastic/alert-inputs";
import { allDashboards } from "../../components/elastic/dashboards/all-dashboards";
import { dashboardInputs, dataViewInputs } from "../../components/elastic/dashboards/build";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { ElasticStack } from "../support/elastic/elastic-stack";
import type { Registered } from "../support/elastic/program/elastic-program";

const DASHBOARDS = allDashboards(registryFacts(FEATURES));

const all = (type: string, inputs: Record<string, object>): Registered[] =>
  Object.entries(inputs).map(([name, one]) => ({ type, name, inputs: one as Record<string, unknown> }));

/**
 * One dashboard with a panel of each kind of chart: the provider takes a second a panel, and all of a kind are built
 * by the same function.
 */
function onePanelOfEachKind() {
  const dashboards = dashboardInputs(INDICES, DASHBOARDS);
  const panels = Object.values(dashboards).flatMap((dashboard) => dashboard.panels);
  const kindOf = (panel: (typeof panels)[number]) =>
    "visConfig" in panel ? Object.keys(panel.visConfig.byValue)[0] : panel.type;
  const kinds = new Map([...panels].reverse().map((panel) => [kindOf(panel), panel]));
  assert.ok(kinds.size > 4, [...kinds.keys()].join());
  return { "security-overview": { ...dashboards["security-overview"], panels: [...kinds.values()] } };
}

const OBJECTS: Registered[] = [
  ...all("KibanaDashboard", onePanelOfEachKind()),
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
