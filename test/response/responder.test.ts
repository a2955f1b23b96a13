import assert from "node:assert/strict";
import type { Server } from "node:https";
import type { Finding } from "../../components/response/program/alert-findings";
import { serveWebhook } from "../../components/response/program/webhook";
import { issueWebhook } from "../../components/response/response-certificates";
import { CERTIFICATES } from "../../components/response/response-names";
import { freePorts } from "../../tools/dev/cluster/ports";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { CONFIG, NotificationRig } from "../rigs/response/notification-rig";
import { emptyElasticsearch } from "../rigs/test-server";

// What the responder does about what it is told is shown on a real cluster (test/cluster/response.test.ts).
describe("the responder's webhook, told by the real Alertmanager of documents in the real Elasticsearch", function () {
  this.timeout(300_000);
  let server: ElasticsearchServer;
  let rig: NotificationRig;
  let webhook: Server;
  const told: Finding[] = [];
  const strangers: string[] = [];

  before(async () => {
    server = await emptyElasticsearch();
    const secret = await issueWebhook({ dnsNames: ["localhost"] });
    const of = (name: keyof typeof CERTIFICATES) => secret[CERTIFICATES[name]]!;
    const [port] = await freePorts(1);
    webhook = serveWebhook(
      {
        ...{ port: port!, cert: of("serverCertificate"), key: of("serverKey") },
        ...{ ca: of("ca"), token: of("token") },
      },
      {
        take: async (findings) => told.push(...findings) && {},
        tellOfStranger: (reason) => strangers.push(reason),
      },
    );
    rig = await NotificationRig.create(server, CONFIG, { url: `https://localhost:${port}/alerts`, secret });
    await rig.start();
  });
  after(async () => {
    await rig?.destroy();
    webhook?.closeAllConnections();
    webhook?.close();
  });

  const uid = (last: number) => `00000000-0000-4000-8000-00000000000${last}`;

  async function event(pod: string, podUid: string, namespace = "shop"): Promise<void> {
    const now = new Date().toISOString();
    await server.client.must("POST", `/${INDICES.events}/_doc?refresh=true`, {
      "@timestamp": now,
      event: { created: now, severity: 5, kind: "alert" },
      labels: { security_tool: "falco" },
      rule: { name: "Escape" },
      host: { name: "node-1" },
      threat: { technique: { id: ["T1611"] } },
      kubernetes: { namespace, pod: { name: pod, uid: podUid } },
    });
  }

  const podsTold = () => new Set(told.map(({ pod }) => `${pod.namespace}/${pod.name} ${pod.uid}`));

  it("is told of each pod with its UID, when it was seen and what of, with certificate and token", async () => {
    const before = Date.now();
    await event("web-7d9c5bb6d4-x2x4k", uid(1));
    await event("db-0", uid(2));
    await waitUntil("both pods", async () => podsTold().size === 2);
    assert.deepEqual([...podsTold()].sort(), [`shop/db-0 ${uid(2)}`, `shop/web-7d9c5bb6d4-x2x4k ${uid(1)}`]);
    const { alert, seen } = told[0]!;
    assert.ok(seen >= before && seen <= Date.now());
    assert.equal(alert["technique"], "T1611");
    assert.equal(alert["rule"], "Escape");
    assert.equal(alert["severity"], "critical");
    assert.deepEqual(strangers, []);
  });

  it("is told of a further pod of a workload that people were told of already, and of one that has an old one's name", async () => {
    await event("web-7d9c5bb6d4-bbbbb", uid(3));
    await event("db-0", uid(4));
    await waitUntil("the further pods", async () => podsTold().size === 4);
    assert.ok(podsTold().has(`shop/web-7d9c5bb6d4-bbbbb ${uid(3)}`));
    assert.ok(podsTold().has(`shop/db-0 ${uid(4)}`));
  });
});
