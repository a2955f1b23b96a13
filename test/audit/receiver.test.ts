import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { readAll } from "./looking";
import { type AuditWorld, auditWorld } from "./world";

/** Of each event that is told from others by it. */
function keys(lines: readonly string[]): Set<string> {
  return new Set(
    lines.map((line) => {
      const { auditID, stage, stageTimestamp, verb } = JSON.parse(line);
      return [auditID, stage, stageTimestamp, verb].join(" ");
    }),
  );
}

// The API server of these tests writes a file and calls a webhook, with the same policy.
describe("the receiver of the API server's webhook", function () {
  this.timeout(240_000);
  let world: AuditWorld;

  before(async () => {
    world = await auditWorld();
  });

  /** In which the receiver's port is answered by something that hangs up; until that has happened. */
  async function whileAway(work: () => Promise<void>): Promise<void> {
    const { receiver } = world;
    await receiver.end("SIGKILL");
    let calls = 0;
    const away = createServer((socket) => {
      calls += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => away.listen(receiver.port, "127.0.0.1", resolve));
    await work();
    await waitUntil("a call of the API server", async () => calls > 0);
    await new Promise((resolve) => away.close(resolve));
    await receiver.start();
  }

  it("has every event of the API server's own file, also of the time in which it was killed and away", async () => {
    const api = new KubeApi(world.target);
    await whileAway(async () => {
      for (let i = 0; i < 50; i += 1)
        await api.get(`/api/v1/namespaces/default/configmaps/away-${i}`).catch(() => undefined);
    });
    await api.close();
    const written = () => keys(readFileSync(world.log, "utf8").trimEnd().split("\n"));
    assert.ok([...written()].length > 500);
    await waitUntil("all events", async () => {
      const received = keys(world.receiver.lines());
      return [...written()].every((key) => received.has(key));
    });
  });

  it("has its lines made into the same documents as those of the file: none is there twice", async () => {
    await readAll(world);
    const known = await world.server.client.count(INDICES.audit, { match_all: {} });
    const marker = { kind: "Event", auditID: "marker", verb: "get", stage: "Panic", user: { username: "m" } };
    const folder = world.rig.logFile("k8s_audit", "audit-webhook-all.log");
    const own = keys(readFileSync(world.log, "utf8").trimEnd().split("\n"));
    const lines = world.receiver.lines().filter((line) => own.has([...keys([line])][0]!));
    appendFileSync(folder, `${lines.join("\n")}\n${JSON.stringify(marker)}\n`);
    await waitUntil("the last line", async () => {
      const found = { term: { "k8s_audit.audit_id": "marker" } };
      return (await world.server.client.count(INDICES.audit, found)) === 1;
    });
    const now = await world.server.client.count(INDICES.audit, { match_all: {} });
    // Of requests that were made meanwhile, a few.
    assert.ok(now - known < own.size / 10, `${known} documents of ${own.size} events, then ${now}`);
  });
});
