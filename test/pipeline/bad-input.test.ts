import assert from "node:assert/strict";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../rigs/pipeline/rig";
import { falcoLine, osqueryLine, tetragonLine } from "../rigs/pipeline/sensor-logs";
import { emptyElasticsearch } from "../rigs/test-server";
import { until } from "../support/stack/objects";

const LINES = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

type Line = (options: { sequence: number }) => string;

describe("bad input of one sensor does not stop the others", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server);
    await rig.start();
  });

  after(() => rig?.destroy());

  /** Waits until the tool has this many documents in the index. */
  const expectCount = (tool: string, index: string, count: number) =>
    until(
      `${count} documents of ${tool} in ${index}`,
      () => server.client.count(index, { term: { "labels.security_tool": tool } }),
      (found) => found === count,
      60_000,
    );

  it("reads a file, and its folder, that appear long after the start", async () => {
    writeFileSync(rig.logFile("osquery", "osqueryd.results.log"), lines(osqueryLine, 0));
    await expectCount("osquery", INDICES.inventory, LINES);
    writeFileSync(rig.logFile("tetragon", "tetragon.log"), lines(tetragonLine, 0));
    await expectCount("tetragon", INDICES.events, LINES);
  });

  it("goes on with the next file after one has vanished", async () => {
    const file = rig.logFile("osquery", "osqueryd.results.log");
    rmSync(file);
    appendFileSync(rig.logFile("tetragon", "tetragon.log"), lines(tetragonLine, LINES));
    await expectCount("tetragon", INDICES.events, 2 * LINES);
    writeFileSync(file, lines(osqueryLine, LINES));
    await expectCount("osquery", INDICES.inventory, 2 * LINES);
  });

  it("reads all of a file that another one was moved onto", async () => {
    rig.placeLog("tetragon", "tetragon.log", lines(tetragonLine, 2 * LINES));
    await expectCount("tetragon", INDICES.events, 3 * LINES);
  });

  it("keeps the beginning of a line of 10 MB as one dead letter, and every line around it", async () => {
    const long = falcoLine({ sequence: LINES, size: 10 * 1024 * 1024 });
    rig.placeLog("falco", "events.log", `${lines(falcoLine, 0)}${long}\n${lines(falcoLine, LINES + 1)}`);
    appendFileSync(rig.logFile("tetragon", "tetragon.log"), lines(tetragonLine, 3 * LINES));
    await expectCount("falco", INDICES.events, 2 * LINES);
    await expectCount("tetragon", INDICES.events, 4 * LINES);
    await expectCount("falco", INDICES.deadLetter, 1);
    const [letter] = await server.client.search(INDICES.deadLetter);
    assert.deepEqual(letter!._source["error"], { message: "not a JSON object" });
    assert.ok(String(letter!._source["message"]).length <= 32_000);
  });

  it("keeps a long line that it saw half written as two dead letters, no part of it as an event, and every line around it", async () => {
    const long = falcoLine({ sequence: 3 * LINES, size: 2 * 1024 * 1024 });
    // So short that the collector can't see the rest in parts as well.
    const rest = long.slice(-500);
    rig.placeLog("falco", "events.log", lines(falcoLine, 2 * LINES) + long.slice(0, -rest.length));
    await expectCount("falco", INDICES.deadLetter, 2);
    await expectCount("falco", INDICES.events, 3 * LINES);
    appendFileSync(rig.logFile("falco", "events.log"), `${rest}\n${lines(falcoLine, 3 * LINES + 1)}`);
    await expectCount("falco", INDICES.events, 4 * LINES);
    await expectCount("falco", INDICES.deadLetter, 3);
    for (const { _source } of await server.client.search(INDICES.deadLetter))
      assert.deepEqual(_source["error"], { message: "not a JSON object" });
  });

  it("stores events of a clock that is years off, with the time of their arrival beside their own", async () => {
    const skewed = [-20 * 365, 365].map((days) => new Date(Date.now() + days * DAY_MS));
    const text = skewed.map((time, i) => falcoLine({ sequence: 10_000 + i, time }));
    appendFileSync(rig.logFile("falco", "events.log"), `${text.join("\n")}\n`);
    await expectCount("falco", INDICES.events, 4 * LINES + 2);
    for (const time of skewed) {
      const at = { gte: new Date(time.getTime() - 1000), lte: new Date(time.getTime() + 1000) };
      const [hit, ...more] = await server.client.search(INDICES.events, { range: { "@timestamp": at } });
      assert.equal(more.length, 0);
      const { created } = hit!._source["event"] as { created: string };
      assert.ok(Math.abs(Date.parse(created) - Date.now()) < 120_000, created);
    }
  });
});

function lines(line: Line, first: number): string {
  return Array.from({ length: LINES }, (_, i) => `${line({ sequence: first + i })}\n`).join("");
}
