import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpClient } from "../../components/node-program/http-client";
import type { PostableAlert } from "../../components/notifications/notifier/alert-message";
import { AlertmanagerClient } from "../../components/notifications/notifier/alertmanager-client";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { CONFIG, NotificationRig } from "../rigs/response/notification-rig";
import { emptyElasticsearch } from "../rigs/test-server";

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const today = () => DAYS[new Date().getUTCDay()]!;
/** So that a test that runs over midnight is within it too. */
const tomorrow = () => DAYS[(new Date().getUTCDay() + 1) % 7]!;

/** Of the receivers of the rig. */
const ROUTES = {
  routes: [
    { receivers: ["pager", "chat"], minSeverity: "critical" },
    { receivers: ["genie"], techniques: ["T1053"] },
    { receivers: ["teams"], namespaces: ["shop"], muteTimes: ["always"] },
    { receivers: ["hook"], tools: ["osquery"] },
    { receivers: ["topic", "chat"] },
  ],
  muteTimes: [{ name: "always", weekdays: [today(), tomorrow()] }],
  message: {
    title: "{severity} {rule} in {namespace}",
    note: "Runbook of {rule}: <https://wiki.example|here>",
  },
};

type Labels = Record<string, string>;

// Alerts as the notifier posts them; how it comes to them is another test's.
describe("routes, mute times, inhibition and texts, by the real Alertmanager", function () {
  this.timeout(300_000);
  let server: ElasticsearchServer;
  let rig: NotificationRig;
  let client: AlertmanagerClient;

  before(async () => {
    server = await emptyElasticsearch();
    rig = await NotificationRig.create(server, { ...CONFIG, ...ROUTES });
    await rig.alertmanager.start();
    client = new AlertmanagerClient(rig.target);
  });
  after(async () => {
    await client?.close();
    await rig?.destroy();
  });

  let serial = 0;

  /** Posts an alert of a rule of its own. @returns that rule */
  async function alert(labels: Labels): Promise<string> {
    serial += 1;
    const rule = labels["rule"] ?? `rule-${serial}-end`;
    const now = Date.now();
    const posted: PostableAlert = {
      labels: { alertname: "security-severe-event", severity: "high", cluster: "test", rule, ...labels },
      annotations: { summary: rule, description: "what happened", fix: "Look." },
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + 600_000).toISOString(),
    };
    await client.post([posted]);
    return rule;
  }

  const toldOf = (rule: string) =>
    [
      ...new Set(rig.receivers.taken.filter(({ body }) => body.includes(rule)).map((one) => one.receiver)),
    ].sort();

  async function toldOnly(rule: string, receivers: string[]): Promise<void> {
    await waitUntil(
      `${receivers} to be told of ${rule}`,
      async () => toldOf(rule).length >= receivers.length,
    );
    await sleep(500);
    assert.deepEqual(toldOf(rule), [...receivers].sort());
  }

  const cases: [what: string, labels: Labels, receivers: string[]][] = [
    ["a severity", { severity: "critical", namespace: "shop" }, ["chat", "pager"]],
    ["a technique", { technique: "T1053", namespace: "bank" }, ["genie"]],
    ["a sub-technique of it", { technique: "T1053.003" }, ["genie"]],
    ["a tool", { tool: "osquery" }, ["hook"]],
    ["none of them", { technique: "T1053x", tool: "osquery2", namespace: "shop2" }, ["chat", "topic"]],
  ];
  it(`tell each alert just whom its route names: by ${cases.map(([what]) => what).join(", ")}`, () =>
    Promise.all(cases.map(async ([, labels, receivers]) => toldOnly(await alert(labels), receivers))));

  it("say nothing in a mute time, and keep the alert", async () => {
    const muted = await alert({ namespace: "shop" });
    await toldOnly(await alert({}), ["chat", "topic"]);
    // Its group's wait is over, as that of the one after it was.
    await sleep(1_000);
    assert.deepEqual(toldOf(muted), []);
    assert.ok((await alertsKnown()).includes(muted));
  });

  async function alertsKnown(): Promise<string[]> {
    const direct = new HttpClient(rig.target);
    const { body } = await direct.request({ method: "GET", path: "/api/v2/alerts" });
    await direct.close();
    return (JSON.parse(body) as { labels: Labels }[]).map(({ labels }) => labels["rule"] ?? "");
  }

  it("hold back what a silent sensor's node still delivers, but nothing of high and above", async () => {
    const place = { tool: "falco", host: "node-7" };
    await toldOnly(await alert({ ...place, alertname: "security-silent-falco" }), ["chat", "topic"]);
    const late = await alert({ ...place, severity: "medium" });
    const elsewhere = await alert({ ...place, host: "node-8", severity: "medium" });
    const severe = await alert({ ...place, severity: "high" });
    await Promise.all([severe, elsewhere].map((rule) => toldOnly(rule, ["chat", "topic"])));
    assert.deepEqual(toldOf(late), []);
  });

  it("are texts of the config with what an alert says in them, which is escaped", async () => {
    const rule = "<!here> & {{ .Alerts }}";
    await alert({ rule, namespace: "bank" });
    const { attachments } = await waitUntil("the message", async () => {
      const found = rig.receivers.of("chat").find(({ body }) => body.includes("Alerts"));
      return found && (JSON.parse(found.body) as { attachments: { title: string; text: string }[] });
    });
    const escaped = "&lt;!here&gt; &amp; {{ .Alerts }}";
    assert.equal(attachments[0]!.title, `HIGH ${escaped} in bank`);
    assert.equal(
      attachments[0]!.text,
      `what happened\nLook.\nRunbook of ${escaped}: <https://wiki.example|here>`,
    );
  });
});
