import assert from "node:assert/strict";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { dataViews } from "../../components/documents/data-views";
import { type Chart, count, type Panel, splitsOf, terms } from "../../components/documents/panel";
import { allDashboards } from "../../components/elastic/dashboards/all-dashboards";
import { type Figures, readAnswer, searchBody } from "../../components/elastic/dashboards/query";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { fillStore } from "../../tools/generate/dashboards/fill";
import { emptyElasticsearch } from "../rigs/test-server";
import { figuresOf } from "../support/elastic/dashboard-oracle";
import { type KnownDocuments, knownDocuments } from "../support/elastic/known-documents";

const DASHBOARDS = allDashboards(registryFacts(FEATURES));

const STEP = { text: "1h", milliseconds: 3_600_000 };
/** More groups than there are, so that no figure depends on which of two equal ones comes last. */
const UNLIMITED = 1000;
/** When the node's collector read a line: no line says it. */
const READ_AT = "event.created";

const PANELS = DASHBOARDS.flatMap(({ title, from, rows }) =>
  rows.flatMap(({ panels }) => panels.map((panel) => ({ dashboard: title, from, panel }))),
);

describe("the dashboards' panels, asked of the real Elasticsearch", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let known: KnownDocuments;
  const now = new Date();

  before(async () => {
    server = await emptyElasticsearch();
    known = await knownDocuments(server.client, await fillStore(server, now));
  });

  async function ask(panel: Panel, from: string): Promise<Figures[]> {
    const { title, timeField } = dataViews(INDICES)[panel.dataView];
    const body = searchBody(panel, { timeField, from, step: STEP.text });
    return readAnswer(panel, await server.client.must("POST", `/${title}/_search`, body));
  }

  const expected = (panel: Panel, from: string) =>
    figuresOf(withinRange(panel, from), known[panel.dataView], now, STEP.milliseconds);

  for (const { dashboard, from, panel } of PANELS) {
    const asksWhenRead = JSON.stringify(panel.chart).includes(READ_AT);

    it(`${dashboard}, ${panel.title}: as many as were put in`, async () => {
      const found = await ask(unlimited(panel), from);
      assert.ok(found.length > 0 && found.every(({ values }) => values.some((value) => value > 0)));
      if (asksWhenRead) assertRead(panel, found);
      else assert.deepEqual(sorted(found), sorted(expected(panel, from)));
      const shown = await ask(panel, from);
      const all = new Set(found.map((one) => JSON.stringify(one)));
      assert.ok(shown.length > 0 && shown.every((one) => all.has(JSON.stringify(one))));
    });
  }

  /** Everything was read within this test, and as many of each tool as there are. */
  function assertRead({ filter }: Panel, found: Figures[]): void {
    const counts = new Map(
      expected({ ...BY_TOOL, filter }, "now-24h").map(({ keys, values }) => [keys[0], values[0]!]),
    );
    for (const { keys, values } of found) {
      const tool = keys.find((key) => counts.has(key));
      counts.set(tool, counts.get(tool)! - values[0]!);
      const buckets = keys.filter((key) => /^\d{4}-/.test(String(key))).map((key) => Date.parse(String(key)));
      for (const time of [...buckets, ...values.slice(2)])
        assert.ok(
          time > now.getTime() - STEP.milliseconds && time <= Date.now(),
          new Date(time).toISOString(),
        );
    }
    assert.ok(counts.size >= 4, [...counts.keys()].join(", "));
    assert.deepEqual(
      [...counts],
      [...counts.keys()].map((tool) => [tool, 0]),
    );
  }

  // Without the definitions' help: figures that follow from how the lines were written.
  const LITERALS: [string, string, Figures[]][] = [
    ["Security: Pipeline health", "Dead letters", [{ keys: [], values: [5] }]],
    [
      "Security: Pipeline health",
      "What the sensors say of their own losses",
      [
        { keys: ["Falco about itself"], values: [1] },
        { keys: ["Tetragon dropped"], values: [1] },
        { keys: ["Tetragon held back"], values: [2] },
      ],
    ],
    // Of the scenarios' target, and of the other workloads the critical ones that are not rated lower.
    ["Security: Overview", "Open critical vulnerabilities", [{ keys: [], values: [3 + 2 + 3] }]],
    ["Security: Vulnerabilities", "Open findings", [{ keys: [], values: [7 + 5 + 4 + 4 + 2] }]],
    ["Security: Vulnerabilities", "Critical and fixable", [{ keys: [], values: [2 + 2 + 2] }]],
    // One of the seven is known to be exploited, which the target, web and ledger have; all were looked up.
    [
      "Security: Vulnerabilities",
      "Exploitation",
      [
        { keys: ["known to be exploited (KEV)"], values: [1 + 1 + 1] },
        { keys: ["not in KEV"], values: [6 + 4 + 4 + 3 + 2] },
      ],
    ],
    // Two rules found something in one file; a third secret is gone.
    ["Security: Posture", "Secrets in images", [{ keys: [], values: [2] }]],
    // The port that was closed, the container that was not seen again and the kernel before the update are gone.
    ["Security: Inventory", "Nodes", [{ keys: [], values: [1] }]],
    ["Security: Inventory", "Open ports", [{ keys: [], values: [2] }]],
    ["Security: Inventory", "Kernels", [{ keys: ["6.8.0-45-generic"], values: [1] }]],
    ["Security: Inventory", "Running containers", [{ keys: [], values: [5] }]],
  ];

  for (const [dashboard, title, figures] of LITERALS)
    it(`${dashboard}, ${title}: exactly ${figures.map(({ values }) => values.join()).join(", ")}`, async () => {
      const entry = PANELS.find((one) => one.dashboard === dashboard && one.panel.title === title);
      assert.deepEqual(await ask(entry!.panel, entry!.from), figures);
    });
});

const BY_TOOL: Panel = {
  title: "",
  width: 0,
  dataView: "arrivals",
  filter: [],
  chart: { kind: "bars", by: terms("labels.security_tool", ""), metric: count("") },
};

/** The panel's filter with the dashboard's time range, where the data view has a time. */
function withinRange(panel: Panel, from: string): Panel {
  const { timeField } = dataViews(INDICES)[panel.dataView];
  return timeField ? { ...panel, filter: [...panel.filter, { field: timeField, atLeast: from }] } : panel;
}

function unlimited(panel: Panel): Panel {
  const chart = structuredClone(panel.chart) as Chart;
  for (const split of splitsOf(chart)) if (split.by === "terms") split.limit = UNLIMITED;
  return { ...panel, chart };
}

function sorted(figures: Figures[]): string[] {
  return figures.map((one) => JSON.stringify(one)).sort();
}
