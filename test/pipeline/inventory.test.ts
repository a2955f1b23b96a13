import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { dataViews } from "../../components/documents/data-views";
import { currentInventory } from "../../components/documents/store";
import { readAnswer, searchBody } from "../../components/elastic/dashboards/query";
import { INVENTORY } from "../../components/osquery/inventory-dashboard";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../rigs/pipeline/rig";
import { emptyElasticsearch } from "../rigs/test-server";
import { type Life, newestRows, type Row } from "../support/osquery/fleet";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CURRENT = currentInventory(INDICES);

const port = (number: number) => ({
  ...{ port: String(number), protocol: "6", family: "2", address: "0.0.0.0", pid: String(number) },
  ...{ name: "x", path: "/usr/bin/x" },
});

/**
 * What is current of the inventory, by documents that the real collectors made of osquery's lines and with the panels'
 * own queries to the real Elasticsearch. Its tests' build has no transforms: which document of a row is the newest is
 * worked out here, as Elasticsearch's documentation has it for `latest`; that Elasticsearch also deletes rows by the
 * transform's retention is not shown, and no figure here depends on it.
 */
describe("the current inventory", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server);
    await rig.start();
  });

  after(() => rig?.destroy());

  interface Seen {
    query: string;
    action: "added" | "removed" | "snapshot";
    columns: Record<string, string>;
    at: number;
    host?: string;
  }

  /** The documents that lines become. */
  async function documents(seen: Seen[]): Promise<Row[]> {
    const before = await server.client.count(INDICES.inventory);
    for (const { query, action, columns, at, host = "node-1" } of seen) {
      const unixTime = Math.floor(at / 1000);
      const common = { name: query, hostIdentifier: host, calendarTime: "x", epoch: 0, counter: 0 };
      const line = JSON.stringify({ ...common, unixTime, numerics: false, columns, action });
      appendFileSync(rig.logFile("osquery", "osqueryd.results.log"), `${line}\n`);
    }
    await waitUntil(
      `${seen.length} documents`,
      async () => (await server.client.count(INDICES.inventory)) >= before + seen.length,
    );
    const found = await server.client.search(INDICES.inventory);
    return found
      .map(({ _source }) => _source as Row)
      .filter(({ osquery }) =>
        seen.some(
          ({ query, columns }) =>
            query.replace(/_state$/, "") === osquery["query_name"] &&
            JSON.stringify(columns) === JSON.stringify(ordered(columns, osquery["columns"])),
        ),
      );
  }

  async function keep(rows: Iterable<[string, Row]>): Promise<void> {
    await server.client.request("DELETE", `/${CURRENT}`);
    const lines = [...rows].flatMap(([_id, row]) => [
      JSON.stringify({ index: { _index: CURRENT, _id } }),
      JSON.stringify(row),
    ]);
    const answer = await server.client.must("POST", "/_bulk?refresh=true", `${lines.join("\n")}\n`);
    assert.equal(answer["errors"], false);
  }

  /** A figure of the dashboard, or how many terms a panel has. */
  async function shown(title: string): Promise<number> {
    const panel = INVENTORY.rows.flatMap(({ panels }) => panels).find((one) => one.title === title);
    assert.ok(panel, title);
    const { title: index } = dataViews(INDICES)[panel.dataView];
    const answer = await server.client.must(
      "POST",
      `/${index}/_search`,
      searchBody(panel, { from: "now-24h", step: "1h" }),
    );
    const figures = readAnswer(panel, answer);
    return panel.chart.kind === "metric" ? figures[0]!.values[0]! : figures.length;
  }

  const newest = (rows: readonly Row[]) => {
    const byTime = [...rows].sort((a, b) => (a["@timestamp"] < b["@timestamp"] ? -1 : 1));
    return new Map(byTime.map((row) => [String(row.osquery["row_id"]), row]));
  };

  it("keeps a row that was added long ago for as long as it is seen, and loses it when it is not", async () => {
    const now = Date.now();
    const rows = await documents([
      { query: "listening_ports", action: "added", columns: port(8001), at: now - 30 * HOUR },
      { query: "listening_ports_state", action: "snapshot", columns: port(8001), at: now - 20 * MINUTE },
      { query: "listening_ports", action: "added", columns: port(8002), at: now - 30 * HOUR },
      { query: "listening_ports_state", action: "snapshot", columns: port(8002), at: now - 2 * HOUR },
      { query: "listening_ports", action: "added", columns: port(8003), at: now - MINUTE },
      { query: "listening_ports_state", action: "snapshot", columns: port(8004), at: now - 20 * MINUTE },
      { query: "listening_ports", action: "removed", columns: port(8004), at: now - 10 * MINUTE },
    ]);
    assert.equal(rows.length, 7);
    assert.equal(newest(rows).size, 4, "both runs of a query are of the same row");
    await keep(newest(rows));
    assert.equal(await shown("Open ports"), 2);
  });

  it("loses the rows of a node that has been silent for long, and of a query that runs no more", async () => {
    const now = Date.now();
    const rows = await documents([
      {
        query: "listening_ports",
        action: "added",
        columns: port(9001),
        at: now - 9 * HOUR,
        host: "node-gone",
      },
      { query: "listening_ports", action: "added", columns: port(9002), at: now - MINUTE, host: "node-here" },
      {
        query: "of_an_old_pack",
        action: "added",
        columns: port(9003),
        at: now - 9 * HOUR,
        host: "node-here",
      },
      { query: "agent", action: "snapshot", columns: { version: "5.17.0" }, at: now - MINUTE },
    ]);
    await keep(newest(rows));
    assert.equal(await shown("Open ports"), 1);
    assert.equal(await shown("Nodes"), 1);
  });

  describe("of 200 nodes that an autoscaler brings and takes over a day", () => {
    let rows: Row[];
    const now = Date.now();
    const start = now - 24 * HOUR;
    const stepOf = ({ osquery }: Row) => (osquery["query_name"] === "agent" ? 5 * MINUTE : 30 * MINUTE);

    // Twenty that stay, and a wave: each of the others comes 7 minutes after the one before and stays for 3 hours.
    const LIVES: Life[] = Array.from({ length: 200 }, (_, i) => {
      const name = `node-${i}`;
      if (i < 20) return { name, from: start };
      const from = start + (i - 20) * 7 * MINUTE;
      return { name, from, to: from + 3 * HOUR };
    });
    const there = (moment: number) =>
      LIVES.filter(({ from, to }) => from <= moment && (to === undefined || to > moment)).length;
    /** Those that went so shortly before that their rows may still be current. */
    const justGone = (moment: number, minutes: number) =>
      LIVES.filter(({ to }) => to !== undefined && to <= moment && to > moment - minutes * MINUTE).length;

    before(async () => {
      const at = now - 20 * MINUTE;
      const kinds: Seen[] = [
        { query: "agent", action: "snapshot", columns: { version: "5.17.0", config_valid: "1" }, at },
        { query: "kernel_info", action: "snapshot", columns: { version: "6.8.0-45-generic" }, at },
        { query: "os_version", action: "snapshot", columns: { name: "Ubuntu", version: "24.04" }, at },
        ...[22, 10250, 9100].map(
          (number): Seen => ({
            query: "listening_ports_state",
            action: "snapshot",
            columns: port(number),
            at,
          }),
        ),
        ...[1, 2, 3, 4].map(
          (i): Seen => ({
            query: "containers_state",
            action: "snapshot",
            columns: { container_id: `${i}a`.repeat(32), pid: String(i), name: "app", path: "/app" },
            at,
          }),
        ),
      ];
      const made = await documents(kinds);
      rows = made.filter((row) => Date.parse(row["@timestamp"]) === Math.floor(at / 1000) * 1000);
      assert.equal(rows.length, kinds.length);
    });

    // The queries ask for what is current now, so the day is moved instead of the clock.
    for (const hour of [1, 6, 12, 23])
      it(`counts those that are there in hour ${hour}, and none twice`, async () => {
        const moment = start + hour * HOUR;
        const moved = LIVES.map(({ name, from, to }) => ({
          name,
          from: from + now - moment,
          ...(to === undefined ? {} : { to: to + now - moment }),
        }));
        await keep(newestRows(rows, moved, now, stepOf));
        const nodes = await shown("Nodes");
        const alive = there(moment);
        assert.ok(alive >= 20 && alive < 60, `${alive} of 200 are there`);
        // A node's own row lasts for 25 minutes, of which it may have used five.
        assert.ok(
          nodes >= alive && nodes <= alive + justGone(moment, 26),
          `${nodes} shown, ${alive} are there`,
        );
        const containers = (await shown("Running containers")) / 4;
        assert.ok(
          containers >= alive && containers <= alive + justGone(moment, 76),
          `containers of ${containers} nodes shown, ${alive} are there`,
        );
      });

    it("counts exactly those that are there, once none went lately", async () => {
      const went = LIVES.map((life) => ({ ...life, to: now - 2 * HOUR })).slice(20);
      await keep(newestRows(rows, [...LIVES.slice(0, 20), ...went], now, stepOf));
      assert.equal(await shown("Nodes"), 20);
      assert.equal(await shown("Running containers"), 80);
      assert.equal(await shown("Open ports"), 3);
      assert.equal(await shown("Nodes and kernels"), 20);
      assert.equal(
        await server.client.count(CURRENT),
        200 * rows.length,
        "all of the others are still stored",
      );
    });
  });
});

/** The columns that were given, in the order of those that were stored: a map has none. */
function ordered(given: Record<string, string>, stored: unknown): Record<string, string> {
  const columns = stored as Record<string, string>;
  return Object.fromEntries(Object.keys(given).map((key) => [key, columns[key] ?? ""]));
}
