import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { allEvents } from "../../components/documents/store";
import { AUDIT_COUNTS } from "../../components/k8s-audit/all-counts";
import { HttpClient } from "../../components/node-program/http-client";
import { workloadOf } from "../../components/notifications/notifier/alert-message";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { sendTests } from "../../tools/cli/notify/test-messages";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { PipelineRig } from "../rigs/pipeline/rig";
import { alertingDocument, bulkBody } from "../rigs/response/alerting-document";
import { NotificationRig, RECEIVERS, TOKEN } from "../rigs/response/notification-rig";
import { replay } from "../rigs/scenarios/replay";
import { emptyElasticsearch } from "../rigs/test-server";

type Json = Record<string, unknown>;

/** Of an attack that is replayed below. */
const EXCEPTION = {
  ...{ tool: "tetragon", technique: "T1611", effect: "mute", maxSeverity: 5 },
  ...{ reason: "a test of ours", owner: "security team", until: "2099-12-31" },
};

/** What a program would make a link of. */
const LIVE_LINK = /https?:\/\/evil|\]\(/;

const SEVERITY: Record<number, string> = { 4: "HIGH", 5: "CRITICAL" };

describe("notifications, from replayed attacks in the real Elasticsearch through the real Alertmanager", function () {
  this.timeout(240_000);
  let server: ElasticsearchServer;
  let pipeline: PipelineRig;
  let rig: NotificationRig;

  before(async () => {
    server = await emptyElasticsearch();
    pipeline = await PipelineRig.create(server, { exceptions: [EXCEPTION] });
    await pipeline.start();
    // What correlation makes of the events would be notified of too.
    const results = await replay(
      SCENARIOS.map((scenario) => ({ ...scenario, chains: [] })),
      server,
      pipeline,
    );
    assert.deepEqual(
      results.filter(({ status }) => status !== "passed").map(({ id }) => id),
      [],
    );
    rig = await NotificationRig.create(server);
    await rig.start();
  });
  after(async () => {
    await rig?.destroy();
    await pipeline?.destroy();
  });

  async function until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await isSo())) {
      if (Date.now() > deadline)
        assert.fail(
          `not in ${seconds} s: ${what}\n${rig.notifier.log().slice(-800)}\n${rig.alertmanager.log().slice(-1500)}`,
        );
      await sleep(100);
    }
  }

  /** A while in which every part has had its turn three times. */
  async function threeMorePasses(): Promise<void> {
    const before = rig.passes();
    await until("three more passes", () => rig.passes() >= before + 3);
  }

  const titles = (receiver: string) =>
    rig.receivers
      .of(receiver)
      .map(({ body }) => String((JSON.parse(body) as SlackBody).attachments[0]!.title));

  interface SlackBody {
    channel: string;
    attachments: { title: string; title_link: string; text: string; mrkdwn_in: string[] }[];
  }

  interface Severe {
    event: { severity: number };
    labels: { excepted?: string };
    rule?: { name?: string };
    kubernetes?: { namespace?: string; pod?: { name?: string } };
  }

  /** Documents of high and above, muted by an exception or not. */
  async function severeEvents(excepted: "muted" | "raised"): Promise<Severe[]> {
    const mark = [{ exists: { field: "labels.excepted" } }];
    const { hits } = (await server.client.must("POST", `/${allEvents(INDICES)}/_search`, {
      size: 10_000,
      query: {
        bool: {
          filter: [{ range: { "event.severity": { gte: 4 } } }, ...(excepted === "muted" ? mark : [])],
          must_not: excepted === "muted" ? [] : mark,
        },
      },
    })) as { hits: { hits: { _source: Severe }[] } };
    return hits.hits.map(({ _source }) => _source);
  }

  /** Of the messages that people get of them. */
  function titlesOf(events: readonly Severe[]): Set<string> {
    return new Set(
      events.flatMap(({ event, rule, kubernetes = {} }) => {
        const { namespace, pod } = kubernetes;
        const where = [namespace, pod?.name && workloadOf(pod.name)].filter(Boolean).join("/");
        const first = `${SEVERITY[event.severity]}: ${rule?.name}`;
        return rule?.name ? [[first, ...(where ? [where] : []), "test"].join(" · ")] : [];
      }),
    );
  }

  it("tells each receiver once of each rule and workload, of all that the documents say and nothing else", async () => {
    const events = await severeEvents("raised");
    const expected = titlesOf(events);
    assert.ok(expected.size > 10, String(expected.size));
    await until("a message for each", () => [...expected].every((title) => titles("chat").includes(title)));
    await threeMorePasses();
    const others = ["topic", "hook", "pager", "genie", "teams"];
    const counts = () => ["chat", ...others].map((receiver) => rig.receivers.of(receiver).length);
    // Of a number that grows meanwhile one may have had the next already.
    await until(`the same number of messages to each (${counts()})`, () => new Set(counts()).size === 1);
    const all = titles("chat");
    const ofCounts = AUDIT_COUNTS.map(({ title }) => title);
    const ofOtherRules = all.filter(
      (title) => !expected.has(title) && !ofCounts.some((count) => title.includes(`: ${count} · `)),
    );
    assert.deepEqual(
      ofOtherRules.filter((title) => !/Logs cleared or data destroyed/.test(title)),
      [],
    );
    assert.equal(all.length, new Set(all).size, "each once");
    for (const receiver of others) assert.equal(rig.receivers.of(receiver).length, all.length, receiver);
    console.log(`        ${events.length} events, ${all.length} messages to each of six receivers`);
  });

  it("tells nobody of what an exception mutes, which is stored with who answers for it", async () => {
    const muted = await severeEvents("muted");
    const raised = titlesOf(await severeEvents("raised"));
    const unheard = [...titlesOf(muted)].filter((title) => !raised.has(title));
    assert.ok(unheard.length > 0, `${muted.length} muted events`);
    for (const { labels } of muted) assert.equal(labels.excepted, "security team: a test of ours");
    assert.deepEqual(
      titles("chat").filter((title) => unheard.includes(title)),
      [],
    );
    console.log(`        ${muted.length} events muted, ${unheard.length} messages that nobody got`);
  });

  it("sends nothing while nothing is new, in less than 96 MiB", async () => {
    const before = rig.receivers.taken.length;
    await threeMorePasses();
    assert.equal(rig.receivers.taken.length, before);
    assert.ok(rig.notifier.peakMemory() < 96, `${rig.notifier.peakMemory()} MiB`);
    console.log(`        notifier: ${rig.notifier.peakMemory().toFixed(0)} MiB`);
  });

  it("writes to each receiver as its service asks for", () => {
    const slack = JSON.parse(rig.receivers.of("chat")[0]!.body) as SlackBody;
    assert.equal(slack.channel, "#security");
    assert.match(
      slack.attachments[0]!.title_link,
      /^https:\/\/kibana\.example\.com\/app\/dashboards#\/view\/security-detections\?_g=\(time.+&_a=\(query/,
    );
    const sns = new URLSearchParams(rig.receivers.of("topic")[0]!.body);
    assert.equal(sns.get("TopicArn"), "arn:aws:sns:eu-central-1:123456789012:alerts");
    // Which group comes first is Alertmanager's affair.
    assert.match(sns.get("Subject") ?? "", /^Security alert of severity (medium|high|critical)$/);
    const hook = rig.receivers.of("hook")[0]!;
    assert.equal(hook.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal((JSON.parse(hook.body) as { version: string }).version, "4");
    const pager = JSON.parse(rig.receivers.of("pager")[0]!.body) as {
      routing_key: string;
      event_action: string;
    };
    assert.deepEqual([pager.routing_key, pager.event_action], ["r".repeat(32), "trigger"]);
    assert.equal(rig.receivers.of("genie")[0]!.headers.authorization, `GenieKey ${"g".repeat(36)}`);
  });

  it("answers nobody without the client's certificate", async () => {
    const { cert: _cert, key: _key, ...stranger } = rig.target;
    const client = new HttpClient(stranger, { timeoutMs: 5_000 });
    await assert.rejects(
      client.request({ method: "GET", path: "/api/v2/alerts" }),
      /certificate|closed|alert/i,
    );
    await client.close();
  });

  it("is configured as amtool finds right, and takes the probe's command", async () => {
    const { amtool } = await ensureTools(["amtool"]);
    assert.match(execFileSync(amtool, ["check-config", rig.configFile], { encoding: "utf8" }), /SUCCESS/);
    const client = `--http.config.file=${rig.folder}/etc/alertmanager/client.yml`;
    const answer = execFileSync(amtool, ["cluster", "show", `--alertmanager.url=${rig.target.url}`, client], {
      encoding: "utf8",
      env: { HOME: rig.folder },
    });
    assert.match(answer, /disabled/);
  });

  it("sends a test to each receiver, and says what came back", async () => {
    rig.receivers.failures.set("hook", () => ({ status: 401 }));
    const names = ["chat", "topic", "hook"];
    const results = await sendTests(rig.target, names, { clusterName: "test", seconds: 20 });
    rig.receivers.failures.clear();
    assert.deepEqual(
      results.map(({ receiver, outcome, reason }) => [receiver, outcome, reason]),
      [
        ["chat", "taken", undefined],
        ["topic", "taken", undefined],
        ["hook", "refused", "authError"],
      ],
    );
    assert.equal(titles("chat").filter((title) => /Test message/.test(title)).length, 1);
    assert.equal(rig.receivers.of("pager").filter(({ body }) => /Test message/.test(body)).length, 0);
  });

  let serial = 0;

  /** Documents that raise alerts, each of a rule of its own. */
  async function attack(groups: number, change: Json = {}): Promise<string[]> {
    const names = Array.from({ length: groups }, (_, i) => `Attack ${serial + i}`);
    serial += groups;
    const body = bulkBody(names.map((name) => ({ ...alertingDocument(name), ...change })));
    await server.client.must("POST", `/${INDICES.events}/_bulk?refresh=true`, body);
    return names.map((name) => `HIGH: ${name} · shop/web · test`);
  }

  const count = (title: string) => titles("chat").filter((one) => one === title).length;
  const hooked = () => rig.receivers.of("hook").map(({ body }) => (JSON.parse(body) as HookBody).groupLabels);
  const arrivedAt = (title: string) =>
    count(title) > 0 && hooked().some(({ rule }) => rule && title.includes(`${rule} `));

  interface HookBody {
    groupLabels: Record<string, string>;
  }

  async function allArrive(groups: string[]): Promise<void> {
    await until("every group at every receiver", () => groups.every(arrivedAt), 60);
    for (const title of groups) {
      const messages = [count(title), hooked().filter(({ rule }) => title.includes(`${rule} `)).length];
      assert.ok(Math.max(...messages) <= 3, `${title}: ${messages}`);
    }
  }

  for (const [what, failure] of [
    ["429 with Retry-After", { status: 429, headers: { "retry-after": "1" } }],
    ["500", { status: 500 }],
    ["a cut connection", "cut"],
  ] as const)
    it(`loses nothing to receivers that answer with ${what}`, async () => {
      for (const receiver of ["chat", "hook"]) rig.receivers.failures.set(receiver, () => failure);
      const groups = await attack(5);
      const before = rig.receivers.failed.get("chat") ?? 0;
      await until("a failure", () => (rig.receivers.failed.get("chat") ?? 0) >= before + 2);
      rig.receivers.failures.clear();
      await allArrive(groups);
    });

  it("loses nothing when Alertmanager is killed before it could send", async () => {
    for (const receiver of ["chat", "hook"]) rig.receivers.failures.set(receiver, () => ({ status: 503 }));
    const groups = await attack(5);
    const before = rig.receivers.failed.get("chat") ?? 0;
    await until("a failure", () => (rig.receivers.failed.get("chat") ?? 0) > before);
    await rig.alertmanager.end();
    rig.receivers.failures.clear();
    await rig.alertmanager.start();
    await allArrive(groups);
  });

  it("loses nothing when the notifier is killed, and when Elasticsearch does not answer", async () => {
    await rig.notifier.end();
    const groups = await attack(5);
    await rig.notifier.start();
    await allArrive(groups);
    server.signal("SIGSTOP");
    await sleep(1_500);
    server.signal("SIGCONT");
    await allArrive(await attack(5));
  });

  it("hands on what a process wrote cut, on one line and without markup or addresses", async () => {
    const evil = "<!channel> <https://evil.example|ok> [x](https://evil.example/)\u202e & *b*\nsecond line";
    await attack(1, {
      rule: { name: `Evil ${evil}` },
      message: "m".repeat(1_000_000),
      process: { command_line: `${evil} ${"x".repeat(5_000)}`, executable: "/tmp/x" },
    });
    const isEvil = (title: string) => title.includes("Evil");
    await until("the message", () => titles("chat").some(isEvil));
    const body = rig.receivers.of("chat").find(({ body }) => body.includes("Evil"))!.body;
    const [attachment] = (JSON.parse(body) as SlackBody).attachments;
    const text = attachment!.title + attachment!.text;
    assert.ok(body.length < 8_000, String(body.length));
    assert.match(text, /&lt;!channel&gt; &lt;https\[:\]\/\/evil\.example\|ok&gt;/);
    assert.doesNotMatch(text, /<|[\u202e]|https?:\/\/evil/);
    assert.deepEqual(attachment!.mrkdwn_in, ["pretext"]);
    assert.match(attachment!.title, /\* ?second|b\* second line/);
    for (const { name } of RECEIVERS) {
      const isOfIt = ({ body }: { body: string }) => body.includes("Evil");
      await until(`the message at ${name}`, () => rig.receivers.of(name).some(isOfIt));
      const { body } = rig.receivers.of(name).find(isOfIt)!;
      assert.ok(body.length < 20_000, `${name}: ${body.length}`);
      const shown = name === "topic" ? (new URLSearchParams(body).get("Message") ?? "") : body;
      assert.match(shown, /Evil/, name);
      assert.doesNotMatch(shown, LIVE_LINK, name);
    }
  });
});
