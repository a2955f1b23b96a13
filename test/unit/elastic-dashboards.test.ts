import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { alertsSchema } from "../../components/core/config/alerts-schema";
import { alerts } from "../../components/core/plan/alert-rules";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { type Condition, filterClauses, kql } from "../../components/documents/condition";
import { type DataViewName, dataViews } from "../../components/documents/data-views";
import { fieldTypes } from "../../components/documents/fields";
import { indexTemplates } from "../../components/documents/index-templates";
import { COLUMNS, metricsOf, placed, splitsOf } from "../../components/documents/panel";
import { alertInputs, connectorInputs } from "../../components/elastic/alert-inputs";
import { allDashboards } from "../../components/elastic/dashboards/all-dashboards";
import { dashboardInputs, dataViewInputs } from "../../components/elastic/dashboards/build";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";

const DASHBOARDS = allDashboards(registryFacts(FEATURES));

const IMAGES = path.join(__dirname, "..", "..", "docs", "images");

describe("dashboards", () => {
  for (const dashboard of DASHBOARDS)
    it(`${dashboard.title}: every row is full, and ends where the next one begins`, () => {
      for (const { panels } of dashboard.rows)
        assert.equal(
          panels.reduce((sum, { width }) => sum + width, 0),
          COLUMNS,
        );
      const cells = placed(dashboard).flatMap(({ place: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
      );
      assert.equal(new Set(cells).size, cells.length);
    });

  it("have ids and titles of their own", () => {
    for (const values of [DASHBOARDS.map(({ id }) => id), DASHBOARDS.map(({ title }) => title)])
      assert.equal(new Set(values).size, DASHBOARDS.length);
  });

  it("link to each other by the ids that they have", () => {
    const inputs = dashboardInputs(INDICES, DASHBOARDS);
    for (const { id, panels } of Object.entries(inputs).map(([key, input]) => ({
      id: key,
      panels: input.body.panels,
    }))) {
      const links = [...JSON.stringify(panels[0]).matchAll(/#\/view\/([\w-]+)/g)].map((match) => match[1]);
      assert.deepEqual(
        links,
        Object.keys(inputs).filter((other) => other !== id),
      );
    }
  });

  it("name the indices that the config names, and nothing else", () => {
    const names = {
      ...{ events: "a", inventory: "b", audit: "e", network: "h", vulnerabilities: "c", posture: "k" },
      ...{ mesh: "i", admission: "j" },
      ...{ correlations: "f", responses: "g", deadLetter: "d" },
    };
    const sources = JSON.stringify(dashboardInputs(names, DASHBOARDS)).matchAll(
      /index_pattern\W+([\w,*-]+)/g,
    );
    const titles = Object.values(dataViewInputs(names)).map(({ dataView }) => dataView.title);
    for (const title of [...sources].map((match) => match[1]!).concat(titles))
      for (const name of title.split(",")) assert.match(name, /^([a-k]|b-current)$/);
    assert.equal(dataViews(names).all.title, "a,b,e,h,c,k,i,j,f,g,d");
    assert.equal(dataViews(INDICES).all.title, "security-*");
    assert.equal(dataViews(names).inventory.title, "b-current");
  });

  it("have a picture each, made from their definitions", () => {
    for (const { id } of DASHBOARDS)
      assert.ok(fs.statSync(path.join(IMAGES, `${id}.png`)).size < 220_000, `${id}: npm run docs:dashboards`);
  });
});

describe("fields of dashboards and alerts", () => {
  const types = typesByIndex();

  /** What Kibana lists as a field that can be grouped by: text and flattened ones can't. */
  function assertField(index: string, field: string): void {
    const type = types.get(index)?.get(field);
    assert.ok(type, `${index} has no field ${field}`);
    assert.ok(!["text", "flattened"].includes(type), `${field} of ${index} is ${type}`);
  }

  function havingField(indices: string[], field: string): string[] {
    const having = indices.filter((index) => types.get(index)?.has(field));
    return having.length > 0 ? having : indices;
  }

  const indicesOf: Record<DataViewName, string[]> = {
    all: Object.values(INDICES),
    events: [INDICES.events, INDICES.audit],
    audit: [INDICES.audit],
    network: [INDICES.network],
    mesh: [INDICES.mesh],
    admission: [INDICES.admission],
    arrivals: [
      ...[INDICES.events, INDICES.inventory, INDICES.audit, INDICES.network],
      ...[INDICES.mesh, INDICES.admission, INDICES.deadLetter],
    ],
    inventory: [INDICES.inventory],
    vulnerabilities: [INDICES.vulnerabilities],
    posture: [INDICES.posture],
    correlations: [INDICES.correlations],
    responses: [INDICES.responses],
    deadLetters: [INDICES.deadLetter],
  };

  for (const { title, rows } of DASHBOARDS)
    it(`${title}: are in the templates`, () => {
      for (const { dataView, filter, chart } of rows.flatMap(({ panels }) => panels)) {
        const fields = [
          ...filter.flatMap(fieldsOf),
          ...splitsOf(chart).flatMap((split) =>
            split.by === "filters"
              ? split.groups.flatMap(({ conditions }) => conditions.flatMap(fieldsOf))
              : [split.field],
          ),
          ...metricsOf(chart).flatMap((metric) => (metric.operation === "count" ? [] : [metric.field])),
        ];
        // Where not every index of a view has a field, it is empty in the others.
        for (const field of fields)
          for (const index of havingField(indicesOf[dataView], field)) assertField(index, field);
      }
    });

  it("of the alert rules are in the templates", () => {
    for (const { when } of alerts(
      INDICES,
      alertsSchema.parse({ silentAfterMinutes: { tetragon: 30, osquery: 1_560 } }),
      registryFacts(FEATURES).documents,
    ))
      for (const index of when.index.split(","))
        for (const field of [
          ...when.filter.flatMap(fieldsOf),
          ...[when.groupBy].flat(),
          ...(when.kind === "matching" ? [when.timeField] : []),
        ])
          assertField(index, field);
  });
});

describe("conditions", () => {
  const of = (condition: Condition) => [kql([condition]), filterClauses([condition])[0]];

  it("say the same to Kibana and to Elasticsearch", () => {
    assert.deepEqual(of({ field: "a", is: "x" }), ['a: "x"', { term: { a: "x" } }]);
    assert.deepEqual(of({ field: "a", is: [1, 2] }), ["a: (1 or 2)", { terms: { a: [1, 2] } }]);
    assert.deepEqual(of({ field: "a", exists: true }), ["a: *", { exists: { field: "a" } }]);
    assert.deepEqual(of({ field: "a", atLeast: 4 }), ["a >= 4", { range: { a: { gte: 4 } } }]);
    assert.deepEqual(of({ field: "a", atLeast: "now-7d", below: "now" }), [
      '(a >= "now-7d" and a < "now")',
      { range: { a: { gte: "now-7d", lt: "now" } } },
    ]);
    assert.deepEqual(of({ not: { field: "a", is: 1 } }), [
      "not a: 1",
      { bool: { must_not: [{ term: { a: 1 } }] } },
    ]);
  });

  it("keep their parts together in a longer query", () => {
    const either: Condition = {
      any: [
        { field: "a", is: 1 },
        {
          all: [
            { field: "b", is: 2 },
            { field: "c", is: 3 },
          ],
        },
      ],
    };
    assert.equal(kql([either, { field: "d", is: 4 }]), "(a: 1 or (b: 2 and c: 3)) and d: 4");
    assert.equal(kql([{ not: either }]), "not (a: 1 or (b: 2 and c: 3))");
    assert.equal(kql([]), "");
  });

  it("can't be left by a quote in a value", () => {
    assert.equal(kql([{ field: "a", is: 'x" or b: "\\' }]), 'a: "x\\" or b: \\"\\\\"');
  });
});

describe("alerts", () => {
  const parsed = alertsSchema.parse({
    interval: "5m",
    notifiedBy: "kibana",
    connectors: [{ id: "mail", params: { to: ["soc@example.com"], message: "{{rule.name}}" } }],
  });

  it("look as often as the config says, and tell the connectors that it adds", () => {
    for (const { interval, actions } of Object.values(
      alertInputs(INDICES, parsed, registryFacts(FEATURES).documents),
    )) {
      assert.equal(interval, "5m");
      const ids = new Set(actions.map(({ id }) => id));
      assert.deepEqual(
        ids,
        new Set([...Object.values(connectorInputs()).map(({ connectorId }) => connectorId), "mail"]),
      );
    }
  });

  it("know of no tool that the config does not name", () => {
    const none = alertInputs(
      INDICES,
      alertsSchema.parse({ silentAfterMinutes: {} }),
      registryFacts(FEATURES).documents,
    );
    assert.deepEqual(
      Object.keys(none).filter((id) => id.startsWith("security-silent-")),
      [],
    );
  });

  for (const bad of [
    { interval: "6m" },
    { interval: "1 minute" },
    { severity: 3 },
    { silentAfterMinutes: { falco: 1 } },
    { deadLetters: 0 },
    { conectors: [] },
  ])
    it(`refuse ${JSON.stringify(bad)}`, () => {
      assert.equal(alertsSchema.safeParse(bad).success, false);
    });
});

function fieldsOf(condition: Condition): string[] {
  if ("not" in condition) return fieldsOf(condition.not);
  if ("all" in condition) return condition.all.flatMap(fieldsOf);
  if ("any" in condition) return condition.any.flatMap(fieldsOf);
  return [condition.field];
}

/** Type by field of each index. */
function typesByIndex(): Map<string, Map<string, string>> {
  const { component, indices } = indexTemplates(INDICES, registryFacts(FEATURES).documents);
  const typesOf = ({ template }: { template: { mappings: { properties: object } } }) =>
    Object.entries(fieldTypes(template.mappings.properties));
  return new Map(
    indices.map(({ name, body }) => [name, new Map([...typesOf(component.body), ...typesOf(body)])]),
  );
}
