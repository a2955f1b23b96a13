import assert from "node:assert/strict";
import { alertsSchema } from "../../components/core/config/alerts-schema";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { PASS_DATASET } from "../../components/correlation/program/arrivals";
import { CHAIN_DATASET } from "../../components/correlation/program/chain-document";
import { alertInputs, alertsTemplate, connectorInputs } from "../../components/elastic/alert-inputs";
import { AUDIT_COUNTS } from "../../components/k8s-audit/all-counts";
import { FEATURES } from "../../components/registry";
import { RESPONSE_DATASET } from "../../components/response/program/audit";
import { FEED_DATASET } from "../../components/trivy/exploitation/feed";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../rigs/test-server";
import { firingGroups } from "../support/elastic/kibana-rules";

type Json = Record<string, unknown>;

/** A time that {@link dated} replaces: the cases are made long before their documents are stored. */
const minutesAgo = (minutes: number) => `${minutes} minutes ago`;

function dated(document: Json): Json {
  const time = (minutes: string) => new Date(Date.now() - Number(minutes) * 60_000).toISOString();
  const text = JSON.stringify(document).replace(
    /"(-?[\d.]+) minutes ago"/g,
    (_, minutes) => `"${time(minutes)}"`,
  );
  return JSON.parse(text) as Json;
}

/** A document as the pipeline writes it, so many minutes after its event. */
function document(minutes: number, tool: string, fields: Json = {}): Json {
  const { event, host, ...further } = fields as { event?: Json; host?: string };
  return {
    "@timestamp": minutesAgo(minutes),
    labels: { security_tool: tool },
    host: { name: host ?? "node-1" },
    event: { created: minutesAgo(minutes), severity: 2, ...event },
    ...further,
  };
}

const alarm = (minutes: number, severity: number, host = "node-1", rule = "Shell") =>
  document(minutes, "falco", { host, event: { severity, kind: "alert" }, rule: { name: rule } });
const seen = (minutes: number, tool: string, host: string) => document(minutes, tool, { host });
const cleared = (minutes: number, technique: string) =>
  document(minutes, "falco", { rule: { name: "Clear Log" }, threat: { technique: { id: [technique] } } });
const removed = (query: string) =>
  document(1, "osquery", { event: { action: "removed" }, osquery: { query_name: query } });
const finding = (minutes: number, change: Json = {}, severity = 5): Json => ({
  ...document(minutes, "trivy", { event: { severity } }),
  kubernetes: { namespace: "shop" },
  workload: { name: "web", kind: "Deployment" },
  vulnerability: { state: "open", fixedVersion: "1.2", firstSeen: minutesAgo(minutes), ...change },
});
/** A failed check or a secret, of an object in a namespace or of one of the cluster. */
const posture = (
  what: string,
  kind: string,
  name: string,
  change: Json = {},
  minutes = 5,
  severity = 5,
): Json => ({
  ...document(minutes, "trivy", { event: { severity, dataset: `trivy.${what}` } }),
  ...(kind === "ClusterRole" ? {} : { kubernetes: { namespace: "shop" } }),
  orchestrator: { resource: { type: kind, name } },
  finding: { state: "open", firstSeen: minutesAgo(minutes), ...change },
});
const list = (minutes: number, name: string, fault: string | null) =>
  document(minutes, "trivy", { event: { dataset: FEED_DATASET }, trivy: { feed: { name, fault } } });
const lost = (minutes: number) =>
  document(minutes, "falco", {
    event: { severity: 1, kind: "metric" },
    rule: { name: "Falco internal: syscall event drop" },
  });
const chain = (minutes: number, severity: number) =>
  document(minutes, "correlation", {
    event: { severity, dataset: CHAIN_DATASET, id: `chain-${severity}` },
    rule: { name: "token-read-api-call" },
  });
const pass = (minutes: number) =>
  document(minutes, "correlation", {
    event: { dataset: PASS_DATASET },
    orchestrator: { cluster: { name: "test" } },
  });
const responded = (verdict: string, mode: string, minutes = 1) =>
  document(minutes, "response", {
    event: { dataset: RESPONSE_DATASET },
    kubernetes: { pod: { name: "web-1" } },
    response: { id: "a1", action: "quarantine", mode, verdict },
  });
const dropped = (minutes: number, reason: string, namespace?: string, host = "node-1") =>
  document(minutes, "cilium", {
    host,
    event: { action: reason },
    cilium: { drop_reason: reason },
    ...(namespace ? { kubernetes: { namespace } } : {}),
  });
const violation = (action: string, namespace = "shop", minutes = 1) =>
  document(minutes, "gatekeeper", {
    event: { action },
    rule: { name: "privileged" },
    kubernetes: { namespace },
  });
const connection = (action: string, namespace = "shop", minutes = 1) =>
  document(minutes, "istio", { event: { action }, kubernetes: { namespace } });
const times = (number: number, one: () => Json) => Array.from({ length: number }, one);

interface Case {
  rule: string;
  index: keyof typeof INDICES;
  /** What is in the store when it fires, and for which groups. */
  condition: Json[];
  fires: string[];
  /** What is nearly that. */
  nearly: Json[];
}

const CASES: Case[] = [
  {
    rule: "security-severe-event",
    index: "events",
    condition: [alarm(1, 4), alarm(2, 5), alarm(1, 4, "node-2", "Mount")],
    fires: ["Mount, node-2", "Shell, node-1"],
    nearly: [alarm(1, 3), alarm(20, 5)],
  },
  {
    rule: "security-falco-events-lost",
    index: "events",
    condition: [lost(1), lost(2)],
    fires: ["node-1"],
    nearly: [lost(20), alarm(1, 1, "node-1", "Falco internal: syscall event drop")],
  },
  {
    rule: "security-fixable-vulnerability",
    index: "vulnerabilities",
    condition: [finding(5), finding(5, { id: "another" })],
    fires: ["shop, web"],
    nearly: [
      finding(5, { fixedVersion: undefined }),
      finding(5, { state: "fixed" }),
      finding(90),
      finding(5, {}, 4),
    ],
  },
  {
    rule: "security-exploitation-lists",
    index: "vulnerabilities",
    condition: [list(5, "kev", "it was cut"), list(5, "epss", "it is 40 days old"), list(5, "epss", "again")],
    fires: ["epss", "kev"],
    nearly: [list(5, "kev", null), list(90, "epss", "it was cut"), finding(5)],
  },
  {
    rule: "security-exposed-secret",
    index: "posture",
    condition: [
      posture("exposed_secret", "Deployment", "web"),
      posture("exposed_secret", "Deployment", "web"),
    ],
    fires: ["shop, web"],
    nearly: [
      posture("exposed_secret", "Deployment", "web", { state: "fixed" }),
      posture("exposed_secret", "Deployment", "web", {}, 90),
      posture("exposed_secret", "Deployment", "web", {}, 5, 4),
      posture("config_audit", "Deployment", "web"),
    ],
  },
  {
    rule: "security-powerful-role",
    index: "posture",
    condition: [
      posture("rbac_assessment", "ClusterRole", "deployer"),
      posture("rbac_assessment", "Role", "deployer"),
    ],
    fires: ["ClusterRole, deployer", "Role, deployer"],
    nearly: [
      posture("rbac_assessment", "ClusterRole", "cluster-admin"),
      posture("rbac_assessment", "ClusterRole", "system:controller:namespace-controller"),
      posture("rbac_assessment", "ClusterRole", "deployer", { state: "not_assessed" }),
      posture("rbac_assessment", "ClusterRole", "deployer", {}, 90),
      posture("rbac_assessment", "Role", "reader", {}, 5, 4),
      posture("exposed_secret", "Deployment", "web"),
    ],
  },
  {
    rule: "security-silent-tetragon",
    index: "events",
    condition: [seen(40, "tetragon", "node-1"), seen(5, "tetragon", "node-2"), seen(5, "falco", "node-1")],
    fires: ["node-1"],
    nearly: [seen(40, "tetragon", "node-1"), seen(5, "tetragon", "node-1"), seen(40, "falco", "node-2")],
  },
  {
    rule: "security-silent-osquery",
    index: "inventory",
    condition: [seen(27 * 60, "osquery", "node-1"), seen(60, "osquery", "node-2")],
    fires: ["node-1"],
    // A row that stays writes one document a day.
    nearly: [seen(25 * 60, "osquery", "node-1")],
  },
  {
    rule: "security-dead-letters",
    index: "deadLetter",
    condition: [document(1, "tetragon")],
    fires: ["tetragon"],
    nearly: [document(16, "tetragon")],
  },
  {
    rule: "security-destruction",
    index: "events",
    condition: [cleared(1, "T1070"), cleared(2, "T1485"), cleared(3, "T1070.003")],
    fires: ["node-1"],
    nearly: [cleared(1, "T1070"), cleared(2, "T1485"), cleared(20, "T1070"), cleared(1, "T1059")],
  },
  {
    rule: "security-drops-rising",
    index: "network",
    condition: [
      ...times(1000, () => dropped(1, "POLICY_DENIED", "shop")),
      ...times(999, () => dropped(1, "POLICY_DENIED", "lab")),
    ],
    fires: ["shop"],
    nearly: [
      ...times(999, () => dropped(1, "POLICY_DENIED", "shop")),
      dropped(20, "POLICY_DENIED", "shop"),
      dropped(1, "POLICY_DENIED"),
    ],
  },
  {
    rule: "security-unencrypted-traffic",
    index: "network",
    condition: times(20, () => dropped(1, "UNENCRYPTED_TRAFFIC", "shop")),
    fires: ["node-1"],
    nearly: [
      ...times(19, () => dropped(1, "UNENCRYPTED_TRAFFIC")),
      dropped(1, "UNENCRYPTED_TRAFFIC", undefined, "node-2"),
      dropped(1, "POLICY_DENIED"),
    ],
  },
  {
    rule: "security-connection-tables-full",
    index: "network",
    condition: [
      ...times(10, () => dropped(1, "CT_MAP_INSERTION_FAILED")),
      ...times(10, () => dropped(1, "NO_MAPPING_FOR_NAT_MASQUERADE")),
    ],
    fires: ["node-1"],
    nearly: [...times(19, () => dropped(1, "CT_MAP_INSERTION_FAILED")), dropped(1, "POLICY_DENIED")],
  },
  {
    rule: "security-objects-refused",
    index: "admission",
    condition: [...times(20, () => violation("refused")), ...times(19, () => violation("refused", "lab"))],
    fires: ["privileged, shop"],
    nearly: [
      ...times(19, () => violation("refused")),
      violation("refused", "shop", 20),
      ...["audited", "warned", "let-through"].map((action) => violation(action)),
    ],
  },
  {
    rule: "security-plaintext-refused",
    index: "mesh",
    condition: [connection("plaintext-refused"), connection("plaintext-seen", "lab")],
    fires: ["shop"],
    nearly: [
      connection("plaintext-refused", "shop", 20),
      ...["plaintext-seen", "refused", "failed"].map((action) => connection(action)),
    ],
  },
  {
    rule: "security-mesh-tls-failures",
    index: "mesh",
    condition: times(10, () => connection("tls-failed")),
    fires: ["node-1"],
    nearly: [...times(9, () => connection("tls-failed")), connection("failed")],
  },
  {
    rule: "security-mass-removal",
    index: "inventory",
    condition: times(20, () => removed("users")),
    fires: ["node-1"],
    nearly: [...times(19, () => removed("users")), ...times(30, () => removed("processes"))],
  },
  {
    rule: "security-correlation",
    index: "correlations",
    condition: [chain(1, 4)],
    fires: ["token-read-api-call, chain-4"],
    nearly: [chain(1, 3), chain(20, 5), pass(1)],
  },
  {
    rule: "security-correlator-silent",
    index: "correlations",
    condition: [pass(20)],
    fires: ["test"],
    nearly: [pass(20), pass(1)],
  },
  {
    rule: "security-response-proposed",
    index: "responses",
    condition: [responded("proposed", "approve")],
    fires: ["a1, quarantine, web-1"],
    nearly: [
      responded("observed", "observe"),
      responded("proposed", "approve", 20),
      responded("done", "enforce"),
    ],
  },
  {
    rule: "security-response-acted",
    index: "responses",
    condition: [responded("done", "enforce")],
    fires: ["a1, quarantine, web-1"],
    nearly: [
      responded("proposed", "approve"),
      responded("refused", "enforce"),
      responded("failed", "approve", 20),
    ],
  },
];

/** For each rule that counts requests: so many within its time of one who makes them, and one fewer, or as many of two. */
const COUNT_CASES: Case[] = AUDIT_COUNTS.map((count) => {
  const { name, selection, groupBy, atLeast, timespanMinutes } = count;
  const request = (who: string, minutes = 1) => {
    const one = document(minutes, "k8s_audit");
    const chosen = Object.entries(selection).map(([field, values]) => [field, values[0]] as const);
    for (const [field, value] of [...chosen, [groupBy[0]!, who] as const]) put(one, field.split("."), value);
    return one;
  };
  const late = timespanMinutes + 2;
  return {
    rule: `security-audit-${name}`,
    index: "audit",
    condition: times(atLeast, () => request("10.0.0.1")),
    fires: ["10.0.0.1"],
    nearly: [
      ...times(atLeast - 1, () => request("10.0.0.1")),
      ...times(atLeast - 1, () => request("10.0.0.2")),
      ...times(atLeast, () => request("10.0.0.3", late)),
    ],
  };
});

function put(into: Json, [key, ...deeper]: readonly string[], value: unknown): void {
  if (deeper.length === 0) into[key!] = value;
  else {
    into[key!] ??= {};
    put(into[key!] as Json, deeper, value);
  }
}

describe("alert rules of Kibana, asked of the real Elasticsearch", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  const inputs = alertInputs(
    INDICES,
    alertsSchema.parse({ silentAfterMinutes: { tetragon: 30, osquery: 1_560 } }),
    registryFacts(FEATURES).documents,
  );

  before(async () => {
    server = await emptyElasticsearch();
    for (const index of Object.values(INDICES)) await server.client.must("PUT", `/${index}`);
  });
  // The indices stay: to make them takes many times as long as a test.
  afterEach(async () => {
    const stored = await server.client.search(Object.values(INDICES).join(","));
    if (stored.length > 0)
      await bulk(stored.map(({ _index, _id }) => JSON.stringify({ delete: { _index, _id } })));
  });

  async function bulk(lines: readonly string[]): Promise<void> {
    const { errors } = await server.client.must("POST", "/_bulk?refresh=true", `${lines.join("\n")}\n`);
    assert.equal(errors, false);
  }

  function store(index: Case["index"], documents: Json[]): Promise<void> {
    const create = JSON.stringify({ create: { _index: INDICES[index] } });
    return bulk(documents.flatMap((one) => [create, JSON.stringify(dated(one))]));
  }

  const fires = (rule: string) => firingGroups(server.client, inputs[rule]!);

  it("are all tried below", () => {
    assert.deepEqual([...CASES, ...COUNT_CASES].map(({ rule }) => rule).sort(), Object.keys(inputs).sort());
  });

  for (const { rule, index, condition, fires: expected, nearly } of [...CASES, ...COUNT_CASES]) {
    it(`${rule} fires for ${expected.join(" and ")}`, async () => {
      await store(index, condition);
      assert.deepEqual((await fires(rule)).sort(), expected);
    });

    it(`${rule} does not fire for what is nearly that, nor without documents`, async () => {
      assert.deepEqual(await fires(rule), []);
      await store(index, nearly);
      assert.deepEqual(await fires(rule), []);
    });
  }

  it("write documents that their index takes as they are meant", async () => {
    const { name, body } = alertsTemplate();
    await server.client.must("PUT", `/_index_template/${name}`, body);
    await server.client.request("DELETE", `/${name}?ignore_unavailable=true`);
    const { documents } = JSON.parse(String(inputs["security-severe-event"]!.actions[0]!["params"])) as {
      documents: Json[];
    };
    const { executionTimeField } = JSON.parse(String(connectorInputs()["index"]!["config"])) as Json;
    const written = { ...documents[0], [String(executionTimeField)]: new Date().toISOString() };
    await server.client.must("POST", `/${name}/_doc?refresh=true`, written);
    const query = {
      bool: {
        filter: [
          { term: { "event.severity": 5 } },
          { term: { "rule.name": "{{rule.name}}" } },
          { range: { "@timestamp": { gte: "now-1m" } } },
        ],
      },
    };
    assert.equal(await server.client.count(name, query), 1);
    await server.client.must("DELETE", `/${name}`);
    await server.client.must("DELETE", `/_index_template/${name}`);
  });
});
