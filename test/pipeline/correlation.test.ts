import assert from "node:assert/strict";
import { CHAIN_DATASET } from "../../components/correlation/program/chain-document";
import type { ResolvedRule } from "../../components/correlation/program/resolved-rule";
import { allEvents } from "../../components/documents/store";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import {
  correlatorPass,
  correlatorTarget,
  type PassSettings,
  stackRules,
} from "../rigs/correlation/correlator-pass";
import { writeFindings } from "../rigs/scenarios/findings";
import { emptyElasticsearch } from "../rigs/test-server";
import { FaultyProxy } from "../rigs/trivy/trivy-proxy";
import { random } from "../support/correlation/oracle";
import {
  beginnings,
  changed,
  type Json,
  putEvents,
  replayApart,
  type StoredEvent,
  timeOf,
} from "../support/correlation/replayed";

/** The chains that each scenario's attack leaves; the scenarios that are not here leave none. components/correlation/README.md has it too. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "validate-k8s-api": ["two-sensors T1528"],
  "validate-container-escape": ["two-sensors T1611"],
  "validate-cron-persistence": ["two-sensors T1053.003"],
  "token-replay": ["three-tactics", "token-read-api-call", "two-sensors T1528", "vulnerable-workload"],
  "unshare-namespaces": ["two-sensors T1611"],
  "outbound-download": ["two-sensors T1071"],
  "download-execute": ["download-execute", "two-sensors T1059.004", "vulnerable-workload"],
  masquerading: ["two-sensors T1059.004"],
  "resource-hijacking": ["two-sensors T1059.004"],
  "fileless-execution": ["vulnerable-workload"],
  "api-discovery": ["audit-discovery-sweep"],
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("correlation of the replayed scenarios, through the real collectors in the real Elasticsearch", function () {
  this.timeout(400_000);
  const now = new Date();
  const times = beginnings(SCENARIOS, now);
  let server: ElasticsearchServer;
  let documents: StoredEvent[];
  /** What a pass over all of them finds. */
  let all: string[];
  let worlds = 0;

  before(async () => {
    server = await emptyElasticsearch();
    await replayApart(server, times);
    const hits = await server.client.search(allEvents(INDICES));
    documents = hits.map(({ _id, _source }) => ({ id: _id, source: _source }));
    await writeFindings(server);
  });

  /** Indices of its own for a stream of events, and a clock that begins when all of them have happened. */
  function world() {
    worlds += 1;
    const events = `${INDICES.events}-w${worlds}`;
    const correlations = `${INDICES.correlations}-w${worlds}`;
    let minutes = 0;
    return {
      events,
      correlations,
      put: (some: readonly StoredEvent[]) => putEvents(server, events, some),
      /** A pass, `later` minutes after the one before. */
      pass: (settings: PassSettings = {}, later = 2) => {
        minutes += later;
        const at = new Date(now.getTime() + minutes * MINUTE);
        return correlatorPass(server, { events, correlations, now: at, ...settings });
      },
      chains: async () => {
        const hits = await server.client.search(correlations, { term: { "event.dataset": CHAIN_DATASET } });
        return hits.map(({ _source }) => _source);
      },
      operations: async () => {
        const stats = await server.client.must("GET", `/${correlations}/_stats/indexing`);
        return (stats as { _all: { primaries: { indexing: { index_total: number } } } })._all.primaries
          .indexing.index_total;
      },
      remove: () => server.client.request("DELETE", `/${events},${correlations}?ignore_unavailable=true`),
    };
  }

  const titled = (chains: readonly Json[]) => chains.map((chain) => titleOf(chain, times)).sort();

  it("gives exactly the chains of each, with their events in order, where and what to do", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const summary = await pass();
    assert.deepEqual(summary.failed, []);
    const found = await chains();
    all = titled(found);
    assert.deepEqual(
      all,
      Object.entries(EXPECTED)
        .flatMap(([id, titles]) => titles.map((title) => `${id}: ${title}`))
        .sort(),
    );
    assert.equal(new Set(all).size, all.length);
    const token = found.find((one) => (one["rule"] as Json)["name"] === "token-read-api-call")!;
    const { events, key, fix } = token["correlation"] as { events: Json[]; key: string[]; fix: string };
    assert.deepEqual(
      events.map(({ step, pod, technique }) => [step, pod, technique]),
      [
        ["token-read", "attacker", ["T1528"]],
        ["api-call", "attacker", ["T1613"]],
      ],
    );
    assert.deepEqual(key, ["kubernetes.namespace=ctem-test", "kubernetes.pod.name=attacker"]);
    assert.match(fix, /service account/);
    const technique = { id: ["T1528", "T1613"] };
    assert.deepEqual(token["threat"], { technique, tactic: { id: ["TA0006", "TA0007"] } });
    const attacked = found.find((one) => (one["rule"] as Json)["name"] === "vulnerable-workload")!;
    assert.match(String((attacked["correlation"] as Json)["evidence"]), /CVE-2099-10001/);
    // One that is known to be exploited makes critical what is high.
    assert.deepEqual((attacked["correlation"] as Json)["raisedBy"], ["CVE-2099-10001"]);
    assert.equal((attacked["event"] as Json)["severity"], 5);
    await remove();
  });

  it("writes nothing and reads no event when nothing is new", async () => {
    const { put, pass, operations, remove } = world();
    await put(documents);
    await pass();
    const before = await operations();
    const { read, bytes, requests } = await pass();
    assert.deepEqual({ read, bytes, requests }, { read: 0, bytes: 0, requests: 2 });
    assert.equal(await operations(), before);
    await remove();
  });

  it("gives none of a chain of which a step's events are withheld, too early, or another's", async () => {
    const rules = stackRules();
    let variants = 0;
    for (const [id, titles] of Object.entries(EXPECTED))
      for (const title of titles) {
        const rule = rules.find(({ name }) => name === title.split(" ")[0])!;
        const start = times.get(id)!;
        const ofScenario = documents.filter(
          (one) => timeOf(one) >= start - 1000 && timeOf(one) < start + HOUR / 2,
        );
        const first = await idsOf(server, rule, 0, start);
        assert.ok(first.size > 0);
        for (const [how, change] of Object.entries(CHANGES)) {
          const stream = ofScenario.flatMap((one, i) => change(one, first.has(one.id), rule, i) ?? []);
          const { put, pass, chains, remove } = world();
          await put(stream);
          await pass({ rules: [rule] });
          const found = (await chains()).map(nameOf).filter((one) => one === title);
          assert.deepEqual(found, [], `${title} of ${id}, ${how}`);
          await remove();
          variants += 1;
        }
      }
    console.log(`        ${variants} streams`);
  });

  it("finds the same in portions that come shuffled, with passes between them", async () => {
    for (const seed of [1, 2, 3]) {
      const { put, pass, chains, remove } = world();
      const next = random(seed);
      const shuffled = documents
        .map((one) => ({ one, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ one }) => one);
      for (let start = 0; start < shuffled.length; start += 20) {
        await put(shuffled.slice(start, start + 20));
        await pass();
      }
      assert.deepEqual(titled(await chains()), all, `seed ${seed}`);
      await remove();
    }
  });

  it("finds the same where each step in its turn comes four minutes later than all others", async () => {
    const rules = stackRules();
    for (const step of [0, 1]) {
      const late = new Set<string>();
      for (const rule of rules)
        if (rule.steps[step]) for (const id of await idsOf(server, rule, step)) late.add(id);
      const { put, pass, chains, remove } = world();
      await put(documents.filter(({ id }) => !late.has(id)));
      for (let minute = 0; minute < 4; minute += 1) await pass({}, 1);
      await put(documents.filter(({ id }) => late.has(id)));
      await pass({}, 1);
      assert.deepEqual(titled(await chains()), all, `step ${step}: ${late.size} events late`);
      await remove();
    }
  });

  it("finds the same, and nothing twice, wherever a pass ends: before each request and after it, its answer lost", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const proxy = new FaultyProxy(correlatorTarget(server));
    const target = await proxy.start();
    let ended = 0;
    try {
      for (const kind of ["hang-up", "lose-answer"] as const)
        for (let last = 0; last < 60; last += 1) {
          let requests = 0;
          proxy.decide = () => {
            requests += 1;
            return requests > last ? { kind } : undefined;
          };
          await pass({ target }, 0).catch(() => {});
          if (requests <= last) break;
          ended += 1;
        }
    } finally {
      await proxy.stop();
    }
    await pass();
    assert.ok(ended >= 30, `${ended} passes ended early`);
    assert.deepEqual(titled(await chains()), all);
    await remove();
  });

  it("finds the same, and nothing twice, with three passes at once", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const summaries = await Promise.all([pass({}, 0), pass({}, 0), pass({}, 0)]);
    const found = titled(await chains());
    assert.deepEqual(found, all);
    assert.equal(
      summaries.reduce((sum, { written }) => sum + written, 0),
      all.length,
    );
    await remove();
  });

  it("one rule that can't be asked holds up no other, and its events are looked at again", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const [bad] = stackRules();
    const broken: ResolvedRule = { ...bad!, name: "broken", groupBy: ["message"] };
    const { failed } = await pass({ rules: [broken, ...stackRules()] });
    assert.equal(failed.length, 1);
    assert.match(failed[0]!, /^broken: Elasticsearch answers 400/);
    assert.deepEqual(titled(await chains()), all);
    const again = await pass({ rules: [{ ...bad!, name: "broken" }, ...stackRules()] });
    assert.deepEqual(again.failed, []);
    assert.ok(again.read > 0);
    await remove();
  });

  it("counts what comes later than it may, and looks at the rest", async () => {
    const { put, pass, chains, remove } = world();
    const [, start] = [...times].find(([id]) => id === "token-replay")!;
    await put(documents.filter((one) => timeOf(one) > start + HOUR / 2));
    await pass();
    await put(documents.filter((one) => timeOf(one) <= start + HOUR / 2));
    const { tooLate } = await pass({ latenessMs: now.getTime() - start - HOUR / 2 });
    assert.ok(tooLate > 0);
    assert.ok(!titled(await chains()).some((one) => one.startsWith("token-replay")));
    await remove();
  });

  it("events of a node whose clock is an hour ahead are chains too, by that clock", async () => {
    const { put, pass, chains, remove } = world();
    const start = times.get("token-replay")!;
    const ahead = documents
      .filter((one) => timeOf(one) >= start && timeOf(one) < start + HOUR / 2)
      .map((one) =>
        changed(one, { "@timestamp": new Date(timeOf(one) - start + now.getTime() + HOUR).toISOString() }),
      );
    await put(ahead);
    await pass();
    const rules = (await chains()).map((one) => (one["rule"] as Json)["name"]);
    assert.ok(rules.includes("token-read-api-call"), rules.join());
    await remove();
  });

  async function changeFindings(vulnerability: Json): Promise<void> {
    const open = await server.client.search(INDICES.vulnerabilities, {
      term: { "vulnerability.state": "open" },
    });
    for (const { _id } of open) {
      const path = `/${INDICES.vulnerabilities}/_update/${encodeURIComponent(_id)}?refresh=true`;
      await server.client.must("POST", path, { doc: { vulnerability } });
    }
  }

  it("an attack on what is vulnerable is high, not critical, where nothing says that it is exploited", async () => {
    await changeFindings({ kev: null, epss: null, priority: 3 });
    const { put, pass, chains, remove } = world();
    await put(documents);
    await pass();
    const attacked = (await chains()).filter(
      (one) => (one["rule"] as Json)["name"] === "vulnerable-workload",
    );
    const shown = attacked.map(({ event, correlation }) => [
      (event as Json)["severity"],
      (correlation as Json)["raisedBy"],
    ]);
    assert.ok(shown.length > 0);
    assert.deepEqual(new Set(shown.map((one) => JSON.stringify(one))), new Set(["[4,null]"]));
    await remove();
  });

  it("a workload whose findings are closed is attacked without being vulnerable", async () => {
    await changeFindings({ state: "fixed" });
    const { put, pass, chains, remove } = world();
    await put(documents);
    await pass();
    assert.deepEqual(
      titled(await chains()),
      all.filter((one) => !one.includes("vulnerable-workload")),
    );
    await remove();
  });
});

/** What is done to a stream so that a chain's first step is missing; undefined leaves the event out. */
const CHANGES: Readonly<
  Record<
    string,
    (event: StoredEvent, isFirst: boolean, rule: ResolvedRule, place: number) => StoredEvent | undefined
  >
> = {
  withheld: (event, isFirst, { type }) => {
    const isOneSensor = String((event.source["labels"] as Json)["security_tool"]) === "falco";
    return isFirst && (type !== "value_count" || isOneSensor) ? undefined : event;
  },
  "out of window": (event, isFirst, rule, place) => {
    if (!isFirst) return event;
    if (rule.type === "event_count") return undefined;
    // Where every event is a step, each is alone in its window.
    const windows = 10 + (rule.type === "value_count" ? 2 * place : 0);
    const earlier = new Date(timeOf(event) - windows * rule.timespanMs);
    return changed(event, { "@timestamp": earlier.toISOString() });
  },
  "another pod or user": (event, isFirst, rule, place) => {
    if (!isFirst) return event;
    // The workload whose findings are looked at.
    if (rule.groupBy.includes("container.image.name"))
      return changed(event, { "kubernetes.namespace": "elsewhere" });
    const field = rule.groupBy.find((name) => name === "kubernetes.pod.name") ?? rule.groupBy[0]!;
    return changed(event, { [field]: rule.type.endsWith("_count") ? `another-${place}` : "another" });
  },
};

/** `_id` of the events of a rule's step, of one scenario or of all. */
async function idsOf(
  server: ElasticsearchServer,
  rule: ResolvedRule,
  step: number,
  start?: number,
): Promise<Set<string>> {
  const range = {
    gte: start,
    lt: start === undefined ? undefined : start + HOUR / 2,
    format: "epoch_millis",
  };
  const filter = [
    rule.steps[step]!.query,
    ...(start === undefined ? [] : [{ range: { "@timestamp": range } }]),
  ];
  const hits = await server.client.search(allEvents(INDICES), { bool: { filter } });
  return new Set(hits.map(({ _id }) => _id));
}

/** `scenario: rule`. */
function titleOf(chain: Json, times: ReadonlyMap<string, number>): string {
  const time = Date.parse(String(chain["@timestamp"]));
  const [id] = [...times].find(([, start]) => time >= start - 1000 && time < start + HOUR / 2)!;
  return `${id}: ${nameOf(chain)}`;
}

/** Its rule, with the technique where chains of one rule differ by it. */
function nameOf(chain: Json): string {
  const { name } = chain["rule"] as { name: string };
  const { key } = chain["correlation"] as { key: string[] };
  const technique = key.find((one) => one.startsWith("threat.technique.id="))?.split("=")[1];
  return technique ? `${name} ${technique}` : name;
}
