import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { FolderObjects } from "../../components/forwarding/folder-objects";
import { forwardNew, PositionMoved } from "../../components/forwarding/forward";
import { NdjsonObjects } from "../../components/forwarding/ndjson-parts";
import type { Portion, Position } from "../../components/forwarding/position";
import { CLUSTER, MemoryObjects, MemoryPositions, MemoryStore } from "../support/forwarding/memory";

const MINUTE = 60_000;
const START = Date.parse("2026-11-30T10:00:00.000Z");

const asItIs = (document: unknown) => ({ line: JSON.stringify(document) });
const INDICES = ["a", "b"];

function worldOf(counts: Record<string, number>) {
  const store = new MemoryStore();
  for (const [index, count] of Object.entries(counts)) store.add(index, count);
  const objects = new MemoryObjects();
  const positions = new MemoryPositions();
  const destination = new NdjsonObjects("documents", asItIs, objects);
  return { store, objects, positions, destination, indices: INDICES, clusterName: CLUSTER };
}

const idsOf = ({ documents }: MemoryStore) => documents.map(({ _id }) => _id).sort();

describe("forwarding: what is stored", () => {
  it("leaves what was seen less than a minute ago, and passes each on once after it", async () => {
    const world = worldOf({ a: 7000, b: 3 });
    for (const ms of [0, 1000, MINUTE - 1]) await forwardNew(world, new Date(START + ms));
    assert.equal(world.objects.ids().length, 0);
    world.store.add("b", 2);
    const summary = await forwardNew(world, new Date(START + MINUTE));
    assert.deepEqual([summary.sent, summary.portions, summary.isCaughtUp], [7003, 3, true]);
    await forwardNew(world, new Date(START + 2 * MINUTE));
    assert.deepEqual(world.objects.ids().sort(), idsOf(world.store));
  });

  it("passes each on once under one name, wherever it is cut off", async () => {
    const fresh = () => worldOf({ a: 5200, b: 10 });
    for (let end = 0; ; end += 1) {
      const world = fresh();
      await forwardNew(world, new Date(START));
      let steps = 0;
      const step = () => {
        if (steps++ === end) throw new Error("killed");
      };
      // Before and after each thing that a pass does to the world.
      const cut = {
        ...world,
        destination: {
          async take(portion: Portion) {
            step();
            const taken = await world.destination.take(portion);
            step();
            return taken;
          },
        },
        positions: {
          read: () => world.positions.read(),
          async write(position: Position, version: string) {
            step();
            const kept = await world.positions.write(position, version);
            step();
            return kept;
          },
        },
      };
      const killed = await forwardNew(cut, new Date(START + MINUTE)).then(
        () => false,
        () => true,
      );
      world.store.add("a", 1);
      for (const minutes of [2, 3]) await forwardNew(world, new Date(START + minutes * MINUTE));
      assert.deepEqual(world.objects.ids().sort(), idsOf(world.store), `cut off at step ${end}`);
      if (!killed) {
        assert.ok(end >= 10, `${end}`);
        return;
      }
    }
  });

  it("passes each on once where two passes run at once, and one of them ends", async () => {
    const world = worldOf({ a: 12_000, b: 10 });
    await forwardNew(world, new Date(START));
    const both = await Promise.allSettled([0, 1].map(() => forwardNew(world, new Date(START + MINUTE))));
    const failed = both.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    assert.equal(failed.length, 1);
    assert.ok(failed[0] instanceof PositionMoved);
    assert.deepEqual(world.objects.ids().sort(), idsOf(world.store));
  });

  it("reads an index of the same name that was made anew, and forgets one that is gone", async () => {
    const world = worldOf({ a: 10, b: 5 });
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    world.store.documents.length = 0;
    world.store.add("a", 4, 100);
    for (const minutes of [2, 3, 4]) await forwardNew(world, new Date(START + minutes * MINUTE));
    assert.deepEqual(
      world.objects.ids().filter((id) => id.length > 3 || Number(id.slice(1)) >= 100).length,
      4,
    );
    const { position } = await world.positions.read();
    assert.deepEqual(position.done, { "a/a": 3 });
  });

  it("asks for fewer documents where an answer is too long, and gives up at one", async () => {
    const world = worldOf({ a: 40 });
    world.store.mostHits = 7;
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    assert.deepEqual(
      world.objects.ids(),
      idsOf(world.store).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
    );
    world.store.add("a", 1);
    world.store.mostHits = 0;
    await forwardNew(world, new Date(START + 2 * MINUTE)).catch(() => {});
    await assert.rejects(forwardNew(world, new Date(START + 3 * MINUTE)), /too long/);
  });

  it("leaves the documents of other clusters that write to the same Elasticsearch", async () => {
    const world = worldOf({ a: 10 });
    const other = world.store.documents[4]!;
    other._source = { ...other._source, orchestrator: { cluster: { name: "other" } } };
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    assert.deepEqual(
      world.objects.ids(),
      idsOf(world.store).filter((id) => id !== "e4"),
    );
  });

  it("writes nothing where nothing is new", async () => {
    const world = worldOf({ a: 1 });
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    const before = await world.positions.read();
    await forwardNew(world, new Date(START + 5 * MINUTE));
    assert.deepEqual(await world.positions.read(), before);
  });

  it("counts what becomes no line, and cuts objects at 4 MiB", async () => {
    const world = worldOf({ a: 6 });
    const big = "x".repeat(1_500_000);
    const toLine = (document: unknown) => {
      const { event } = document as { event: { id: string } };
      return event.id === "e0" ? { refused: "no" } : { line: JSON.stringify({ event, big }) };
    };
    const forwarding = { ...world, destination: new NdjsonObjects("x", toLine, world.objects) };
    await forwardNew(forwarding, new Date(START));
    const { sent, refused } = await forwardNew(forwarding, new Date(START + MINUTE));
    assert.deepEqual([sent, refused], [5, ["a/e0: no"]]);
    assert.deepEqual(
      [...world.objects.objects.keys()],
      [1, 2, 3].map((part) => `year=2026/month=11/day=30/hour=10/x-a-0-5-${part}.ndjson`),
    );
  });

  it("writes whole files", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-forwarding-"));
    try {
      // Another one is in the middle of the same file.
      fs.mkdirSync(path.join(folder, "a=1/b.ndjson.tmp"), { recursive: true });
      await new FolderObjects(folder).put("a=1/b.ndjson", Buffer.from("x\n"));
      assert.equal(fs.readFileSync(path.join(folder, "a=1/b.ndjson"), "utf8"), "x\n");
      assert.deepEqual(fs.readdirSync(path.join(folder, "a=1")), ["b.ndjson", "b.ndjson.tmp"]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
