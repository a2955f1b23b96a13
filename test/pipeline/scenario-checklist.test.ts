import assert from "node:assert/strict";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { runScenarios, type ScenarioResult } from "../../scenarios/check/run";
import { ElasticsearchStore, type Store } from "../../scenarios/check/store";
import { evaluateChecklist, isSuccess } from "../../scenarios/checklist/evaluate";
import { CHECKLIST, CORE } from "../../scenarios/checklist/items";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { readerOf } from "../rigs/scenarios/replay";
import { emptyElasticsearch } from "../rigs/test-server";
import { change, drop, duplicate, goodStore, type StoredDocument } from "../support/scenarios/scenario-store";

const SINCE = new Date(Date.now() - 30 * 60_000);
const MONTH_AGO = new Date(SINCE.getTime() - 30 * 24 * 3_600_000).toISOString();
const falco = (rule: string) => (doc: StoredDocument) => doc.is("rule.name", rule);
const tool = (name: string) => (doc: StoredDocument) => doc.is("labels.security_tool", name);
const osquery = (query: string) => (doc: StoredDocument) => doc.is("osquery.query_name", query);
const policy = (name: string) => (doc: StoredDocument) => doc.is("tetragon.policy_name", name);
const action = (name: string) => (doc: StoredDocument) => doc.is("event.action", name);
const late = (seconds: number) => (doc: StoredDocument) =>
  doc.set(
    "event.created",
    new Date(Date.parse(String(doc.get("@timestamp"))) + seconds * 1000).toISOString(),
  );
const at = (time: string) => (doc: StoredDocument) => doc.set("@timestamp", time).set("event.created", time);
const monthAgo = at(MONTH_AGO);
const set = (field: string, value: unknown) => (doc: StoredDocument) => doc.set(field, value);

interface Case {
  name: string;
  store: StoredDocument[];
  /** Items that do not pass, and whether they fail or were not run. */
  expected: Record<string, "fail" | "not run">;
  /** The rule of four of five, and two tools. */
  success: boolean;
  namespaces?: string[];
}

/** The core, and attacks of several steps. */
const JUDGED = [...CORE, "token-replay", "download-execute"];
const judged = () => SCENARIOS.filter(({ id }) => JUDGED.includes(id));
const chain = (rule: string) => (doc: StoredDocument) =>
  tool("correlation")(doc) && doc.is("rule.name", rule);

const VAL_SHELL = { "CTEM-VAL-01": "fail" } as const;
const good = () => goodStore(judged(), SINCE);

/** One cluster name each, so that all cases are in the store at once. */
const CASES: Case[] = [
  { name: "all is there", store: good(), expected: {}, success: true },
  {
    name: "nothing at all",
    store: [],
    expected: {
      ...Object.fromEntries(CHECKLIST.map(({ id }) => [id, "fail" as const])),
      ...{ "CTEM-SCOPE-03": "not run", "CTEM-DISC-01": "not run", "CTEM-PRI-01": "not run" },
      ...{ "CTEM-PRI-02": "not run", "CTEM-PRI-03": "not run", "CTEM-PRI-04": "not run" },
      // Without a finding nothing is expected of what is vulnerable.
      ...{ "CTEM-VAL-05": "not run", "CTEM-PRI-05": "not run" },
    },
    success: false,
  },
  {
    name: "missing: the shell's alert with a terminal",
    store: drop(good(), falco("Terminal shell in container")),
    expected: VAL_SHELL,
    success: false,
  },
  {
    name: "missing: one of the two shells' starts",
    store: drop(good(), action("process_exec"), 1),
    expected: VAL_SHELL,
    success: false,
  },
  {
    name: "missing: all of Tetragon",
    store: drop(good(), tool("tetragon")),
    expected: {
      ...{ "CTEM-VAL-01": "fail", "CTEM-VAL-02": "fail", "CTEM-VAL-03": "fail" },
      ...{ "CTEM-VAL-04": "fail", "CTEM-VAL-05": "not run" },
    },
    success: false,
  },
  {
    name: "missing: all of Falco",
    store: drop(good(), tool("falco")),
    expected: {
      "CTEM-VAL-01": "fail",
      "CTEM-VAL-02": "fail",
      "CTEM-VAL-04": "fail",
      "CTEM-VAL-05": "not run",
    },
    success: false,
  },
  {
    name: "missing: the cron file; four of five are enough",
    store: drop(good(), policy("cron-persistence")),
    expected: {},
    success: true,
  },
  {
    name: "missing: cron file and escape; three of five are not enough",
    store: drop(drop(good(), policy("cron-persistence")), policy("container-escape-monitor")),
    expected: { "CTEM-VAL-03": "fail", "CTEM-VAL-04": "fail" },
    success: false,
  },
  {
    name: "missing: the token's alert",
    store: drop(good(), falco("Service account token read in container")),
    expected: { "CTEM-VAL-02": "fail" },
    success: false,
  },
  {
    name: "late: the shell's alert, after 121 s",
    store: change(good(), falco("Terminal shell in container"), late(121)),
    expected: VAL_SHELL,
    success: false,
  },
  {
    name: "late, within the limit: after 119 s",
    store: change(good(), falco("Terminal shell in container"), late(119)),
    expected: {},
    success: true,
  },
  {
    name: "late: Tetragon's match of the escape, after an hour",
    store: change(good(), policy("container-escape-monitor"), late(3600)),
    expected: { "CTEM-VAL-03": "fail" },
    success: true,
  },
  {
    name: "duplicate: the shell's start delivered twice counts once",
    store: duplicate(drop(good(), action("process_exec"), 1), action("process_exec")),
    expected: VAL_SHELL,
    success: false,
  },
  {
    name: "duplicate: everything delivered twice",
    store: duplicate(good(), () => true),
    expected: {},
    success: true,
  },
  {
    name: "wrong severity: an alert as if it were harmless",
    store: change(good(), falco("Nsenter started in container"), set("event.severity", 1)),
    expected: {},
    success: true,
  },
  {
    name: "wrong severity: the shell's alert",
    store: change(good(), falco("Terminal shell in container"), set("event.severity", 5)),
    expected: VAL_SHELL,
    success: false,
  },
  {
    name: "wrong severity: a policy match as low",
    store: change(good(), policy("container-escape-monitor"), set("event.severity", 2)),
    expected: { "CTEM-VAL-03": "fail" },
    success: true,
  },
  {
    name: "wrong severity: a critical finding that is not 5",
    store: change(good(), tool("trivy"), set("event.severity", 4)),
    expected: { "CTEM-PRI-01": "fail", "CTEM-PRI-05": "not run" },
    success: true,
  },
  {
    name: "wrong technique",
    store: change(
      good(),
      falco("Shell without terminal started in container"),
      set("threat.technique.id", ["T1000"]),
    ),
    expected: VAL_SHELL,
    success: false,
  },
  {
    name: "wrong namespace",
    store: change(good(), policy("credential-access"), set("kubernetes.namespace", "shop")),
    expected: { "CTEM-VAL-02": "fail" },
    success: false,
  },
  {
    name: "no pod's name on an alert of another pod",
    store: [
      ...good(),
      ...change(
        good().filter(falco("Cron file written")),
        () => true,
        (doc) => doc.set("event.id", "another").set("kubernetes", { namespace: "shop" }),
      ),
    ],
    expected: { "CTEM-VAL-05": "fail" },
    success: true,
  },
  {
    name: "no kernel in the inventory",
    store: drop(good(), osquery("kernel_info")),
    expected: { "CTEM-SCOPE-01": "fail", "CTEM-SCOPE-04": "fail" },
    success: true,
  },
  {
    name: "a second node without kernel and containers",
    store: [
      ...good(),
      ...change(
        good().filter(osquery("system_info")),
        () => true,
        (doc) => doc.set("event.id", "2").set("host.name", "node-2"),
      ),
    ],
    expected: { "CTEM-SCOPE-04": "fail", "CTEM-SCOPE-06": "fail" },
    success: true,
  },
  {
    name: "ports without their process",
    store: change(good(), osquery("listening_ports"), set("process", {})),
    expected: { "CTEM-SCOPE-02": "fail" },
    success: true,
  },
  {
    name: "inventory of the day before yesterday",
    store: change(good(), tool("osquery"), at(new Date(SINCE.getTime() - 50 * 3_600_000).toISOString())),
    expected: {
      "CTEM-SCOPE-01": "fail",
      "CTEM-SCOPE-04": "fail",
      "CTEM-SCOPE-06": "fail",
    },
    success: true,
  },
  {
    name: "no finding of Trivy yet",
    store: drop(good(), tool("trivy")),
    expected: {
      "CTEM-SCOPE-03": "not run",
      "CTEM-DISC-01": "not run",
      "CTEM-PRI-01": "not run",
      "CTEM-PRI-02": "not run",
      "CTEM-PRI-03": "not run",
      "CTEM-PRI-04": "not run",
      "CTEM-PRI-05": "not run",
    },
    success: true,
  },
  {
    name: "critical, and no fix for any",
    store: change(good(), tool("trivy"), set("vulnerability.fixedVersion", undefined)),
    expected: { "CTEM-PRI-02": "fail", "CTEM-PRI-05": "not run" },
    success: true,
  },
  {
    name: "findings without a priority",
    store: change(good(), tool("trivy"), set("vulnerability.priority", undefined)),
    expected: { "CTEM-PRI-03": "fail", "CTEM-PRI-04": "fail" },
    success: true,
  },
  {
    name: "an exploited finding that comes later",
    store: change(good(), tool("trivy"), set("vulnerability.priority", 4)),
    expected: { "CTEM-PRI-04": "fail" },
    success: true,
  },
  {
    name: "no list of what is exploited",
    store: change(good(), tool("trivy"), set("vulnerability.kev", undefined)),
    expected: { "CTEM-PRI-04": "not run" },
    success: true,
  },
  {
    name: "findings that are closed",
    store: change(good(), tool("trivy"), set("vulnerability.state", "closed")),
    expected: {
      "CTEM-DISC-01": "fail",
      "CTEM-PRI-01": "not run",
      "CTEM-PRI-02": "fail",
      "CTEM-PRI-03": "not run",
      "CTEM-PRI-04": "not run",
      "CTEM-PRI-05": "not run",
    },
    success: true,
  },
  {
    name: "a namespace whose images have no finding",
    store: [
      ...good(),
      ...change(
        good().filter((doc) => doc.is("event.dataset", "trivy.report")),
        () => true,
        (doc) => doc.set("event.id", "clean").set("kubernetes.namespace", "shop"),
      ),
    ],
    namespaces: ["ctem-test", "shop"],
    expected: {},
    success: true,
  },
  {
    name: "a namespace whose workloads are gone",
    store: change(
      good(),
      (doc) => doc.is("event.dataset", "trivy.report"),
      set("trivy.report.state", "gone"),
    ),
    expected: { "CTEM-SCOPE-03": "not run" },
    success: true,
  },
  {
    name: "rows that came up a month ago and are there",
    store: change(good(), (doc) => doc.is("event.action", "added"), monthAgo),
    expected: {},
    success: true,
  },
  {
    name: "rows that came up a month ago and went since",
    store: [
      ...change(good(), (doc) => doc.is("event.action", "added"), monthAgo),
      ...good()
        .filter((doc) => doc.is("event.action", "added"))
        .map((doc) => doc.set("event.action", "removed")),
    ],
    expected: { "CTEM-SCOPE-02": "fail", "CTEM-SCOPE-05": "fail", "CTEM-SCOPE-06": "fail" },
    success: true,
  },
  {
    name: "missing: the chain of a download",
    store: drop(good(), chain("download-execute")),
    expected: { "CTEM-VAL-06": "fail", "CTEM-MOB-01": "fail" },
    success: true,
  },
  {
    name: "missing: one of the chains of two sensors",
    store: drop(good(), chain("two-sensors"), 1),
    expected: { "CTEM-VAL-07": "fail", "CTEM-MOB-01": "fail" },
    success: true,
  },
  {
    name: "missing: the chain of what is vulnerable",
    store: drop(good(), chain("vulnerable-workload")),
    expected: { "CTEM-PRI-05": "fail", "CTEM-MOB-01": "fail" },
    success: true,
  },
  {
    name: "missing: all chains; what the sensors detected is detected all the same",
    store: drop(good(), tool("correlation")),
    expected: {
      ...{ "CTEM-PRI-05": "fail", "CTEM-VAL-06": "fail", "CTEM-VAL-07": "fail", "CTEM-MOB-01": "fail" },
    },
    success: true,
  },
  {
    name: "a chain of another pod",
    store: change(good(), chain("download-execute"), set("kubernetes.pod.name", "another")),
    expected: { "CTEM-VAL-06": "fail", "CTEM-MOB-01": "fail" },
    success: true,
  },
  {
    name: "a chain with its steps in another order",
    store: change(good(), chain("token-read-api-call"), (doc) =>
      doc.set("correlation.events", [
        { step: "api-call", time: "2026-01-01T00:00:09Z" },
        { step: "token-read", time: "2026-01-01T00:00:01Z" },
      ]),
    ),
    expected: { "CTEM-VAL-06": "fail" },
    success: true,
  },
  {
    name: "a chain that does not say what to do",
    store: change(good(), chain("three-tactics"), set("correlation.fix", undefined)),
    expected: { "CTEM-MOB-01": "fail" },
    success: true,
  },
  {
    name: "a chain that names no vulnerability",
    store: change(good(), chain("vulnerable-workload"), set("correlation.evidence", undefined)),
    expected: { "CTEM-PRI-05": "fail" },
    success: true,
  },
  {
    name: "chains that were written after four minutes",
    store: change(good(), chain("download-execute"), late(241)),
    expected: { "CTEM-VAL-06": "fail", "CTEM-MOB-01": "fail" },
    success: true,
  },
  {
    name: "a namespace that was not scanned",
    store: good(),
    namespaces: ["ctem-test", "shop"],
    expected: { "CTEM-SCOPE-03": "fail" },
    success: true,
  },
];

describe("the checklist, evaluated from a real Elasticsearch", function () {
  this.timeout(600_000);
  let server: ElasticsearchServer;
  let reader: ElasticsearchStore;

  before(async () => {
    server = await emptyElasticsearch();
    reader = readerOf(server);
    for (const [i, { store }] of CASES.entries())
      await Promise.all(
        store.map((document) => {
          document.set("orchestrator.cluster.name", clusterName(i));
          return server.client.must("POST", `/${document.index}/_doc`, document.source);
        }),
      );
    await server.client.must("POST", "/security-*/_refresh");
  });

  after(() => reader?.close());

  it("is read with the right to read, and no index but the stack's", async () => {
    await assert.rejects(reader.search("orders", {}), /answered 403: .*unauthorized/);
    await assert.rejects(
      new ElasticsearchStore({ url: server.url, headers: { authorization: "Basic bm86bm8=" } }).search(
        "security-events",
        {},
      ),
      /unable to verify the first certificate/,
    );
    assert.throws(() => new ElasticsearchStore({ url: "http://es.example:9200" }), /only https/);
  });

  CASES.forEach(({ name, expected, success, namespaces }, i) => {
    it(name, async () => {
      const results = await judge(reader, clusterName(i));
      const items = await evaluateChecklist({
        ...{ store: reader, results, indices: INDICES, clusterName: clusterName(i), now: new Date() },
        workloadNamespaces: namespaces ?? ["ctem-test"],
      });
      assert.deepEqual(verdicts(items), expected);
      assert.equal(isSuccess(results), success);
      for (const { verdict, evidence, why } of items)
        assert.ok(verdict === "pass" ? evidence.length > 0 || why.length > 0 : why.length > 0);
    });
  });
});

/** What the checks say of the store as it is, without an attack. */
function judge(store: Store, clusterName: string): Promise<ScenarioResult[]> {
  const nothing = { evidenceOf: () => "live" as const, carryOut: async () => [], isComplete: () => true };
  return runScenarios(judged(), nothing, store, {
    indices: INDICES,
    clusterName,
    since: SINCE,
  });
}

function verdicts(items: { id: string; verdict: string }[]): Record<string, string> {
  return Object.fromEntries(
    items.filter(({ verdict }) => verdict !== "pass").map(({ id, verdict }) => [id, verdict]),
  );
}

function clusterName(index: number): string {
  return `case-${index}`;
}
