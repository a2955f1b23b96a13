import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { filterClauses } from "../../components/documents/condition";
import { AUDIT_RULES } from "../../components/k8s-audit/all-rules";
import { auditCollector } from "../../components/k8s-audit/audit-collector";
import { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { Hit } from "../../tools/dev/elasticsearch/client";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../rigs/pipeline/rig";
import { emptyElasticsearch } from "../rigs/test-server";
import { type ApiAttack, ATTACKS, NS, SECRET } from "./attacks";
import { applyYaml, byOthers, deploy } from "./requests";

const POLICY = path.join(__dirname, "../../components/k8s-audit/policy/audit-policy.yaml");

/** Attacks on them are written in this file. */
const OTHER_RULES = [
  "impersonation",
  "anonymous-access",
  "certificate-approved",
  "rights-applied",
  "chosen-audit-id",
];
/** Impersonated requests are the impersonator's: `user.name` is who was authenticated. */
const BURST_USER = "security-stack-admin";

interface Document {
  event: { severity: number; kind: string; created: string };
  threat: { technique: { id: string[] } };
  user: { name: string };
  source: { ip: string };
  "@timestamp": string;
}

// The real API server writes its audit log where the real node collector reads it; nothing in between is simulated.
describe("Kubernetes audit, from a request to a document", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let cluster: Cluster;
  let log: string;
  const seconds: number[] = [];

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server);
    log = rig.logFile("k8s_audit", "audit.log");
    cluster = await startCluster({
      name: "audit",
      ephemeral: true,
      apiServer: [`--audit-policy-file=${POLICY}`, `--audit-log-path=${log}`],
    });
    await rig.start();
    const target = targetOfKubeconfig(cluster.kubeconfigPath);
    const api = new KubeApi(target);
    await api.create("/api/v1/namespaces", { metadata: { name: NS } });
    await waitUntil("the default account", () =>
      api.get(`/api/v1/namespaces/${NS}/serviceaccounts/default`).then(
        () => true,
        () => false,
      ),
    );
    await api.create(`/api/v1/namespaces/${NS}/secrets`, {
      metadata: { name: "s", annotations: { "kubectl.kubernetes.io/last-applied-configuration": SECRET } },
      stringData: { password: SECRET },
    });
    for (const { attack } of ATTACKS) await attack(api);
    await applyYaml(target);
    await byOthers(api, target);
    await deploy(api);
    await api.close();
  });

  after(async () => {
    if (seconds.length > 0)
      console.log(`      read ${Math.max(...seconds).toFixed(1)} s after the request at most`);
    await cluster?.stop();
    await rig?.destroy();
  });

  async function found({ rule, object }: Pick<ApiAttack, "rule" | "object">): Promise<Hit> {
    const must = [
      { term: { "k8s_audit.rules": rule } },
      ...(object ? [{ term: { "orchestrator.resource.name": object } }] : []),
    ];
    let hits: Hit[] = [];
    await waitUntil(`a document of ${rule}`, async () => {
      hits = await server.client.search(INDICES.audit, { bool: { filter: must } });
      return hits.length > 0;
    });
    return hits[0]!;
  }

  for (const attack of ATTACKS)
    it(`${attack.rule} (${attack.technique}) is found, with severity, user and object`, async () => {
      const { _source } = await found(attack);
      const document = _source as unknown as Document;
      assert.ok(document.event.severity >= attack.severity, JSON.stringify(document));
      assert.ok(document.threat.technique.id.includes(attack.technique));
      assert.equal(document.event.kind, "alert");
      assert.match(document.user.name, /admin/);
      assert.equal(document.source.ip, "127.0.0.1");
      seconds.push((Date.parse(document.event.created) - Date.parse(document["@timestamp"])) / 1000);
    });

  for (const { rule, user } of [
    { rule: "impersonation", user: "security-stack-admin" },
    { rule: "anonymous-access", user: "system:anonymous" },
    { rule: "certificate-approved", user: "security-stack-admin" },
  ])
    it(`${rule} is found, with its user`, async () => {
      const { _source } = await found({ rule });
      const document = _source as unknown as Document;
      assert.equal(document.user.name, user);
      assert.ok(document.event.severity >= AUDIT_RULES.find(({ name }) => name === rule)!.severity);
    });

  it("has an attack for every rule", async () => {
    const names = [...ATTACKS.map(({ rule }) => rule), ...OTHER_RULES];
    assert.deepEqual(AUDIT_RULES.map(({ name }) => name).sort(), [...new Set(names)].sort());
  });

  for (const { id, when, name } of auditCollector.alerts!(INDICES, { removedRows: 1 }))
    it(`${name}: the alert's question finds who did it, and nobody else`, async () => {
      assert.ok(when.kind === "matching");
      const { body } = await server.client.request("POST", `/${when.index}/_search`, {
        size: 0,
        query: { bool: { filter: filterClauses(when.filter) } },
        aggs: { groups: { terms: { field: when.groupBy[0], min_doc_count: when.atLeast } } },
      });
      const { groups } = body["aggregations"] as { groups: { buckets: { key: string }[] } };
      const expected = id === "security-audit-authentication-failures" ? "127.0.0.1" : BURST_USER;
      assert.deepEqual(
        groups.buckets.map(({ key }) => key),
        [expected],
      );
    });

  it("keeps what is secret out of documents and dead letters", async () => {
    const all = await server.client.search("security-*");
    assert.ok(all.length > ATTACKS.length);
    assert.equal(all.filter(({ _source }) => JSON.stringify(_source).includes(SECRET)).length, 0);
    assert.ok(
      fs.readFileSync(log, "utf8").includes(SECRET),
      "the API server's own file had it, so something was removed",
    );
  });

  it("raises nothing for what controllers and a deployment do", async () => {
    const severe = { range: { "event.severity": { gte: 3 } } };
    const ours = { term: { "k8s_audit.rules": "chosen-audit-id" } };
    const anonymous = { term: { "user.name": "system:anonymous" } };
    const controllers = { prefix: { "user.name": "system:" } };
    assert.ok((await server.client.count(INDICES.audit, controllers)) > 20);
    const raised = await server.client.search(INDICES.audit, {
      bool: { filter: [severe, controllers], must_not: [ours, anonymous] },
    });
    assert.deepEqual(
      raised.map(({ _source }) => _source["message"]),
      [],
    );
    const deployed = await server.client.search(INDICES.audit, {
      bool: { filter: [{ term: { "kubernetes.namespace": "everyday" } }] },
    });
    assert.ok(deployed.length > 5);
    assert.deepEqual(
      deployed
        .filter(({ _source }) => (_source as unknown as Document).event.severity >= 3)
        .map(({ _source }) => _source["message"]),
      [],
    );
  });

  it("sees that rights are applied in YAML, of which the API server itself loses the answer", async () => {
    const { _source } = await found({ rule: "rights-applied", object: "audit-yaml" });
    assert.equal((_source as unknown as Document).event.severity, 2);
  });

  it("has no dead letter", async () => {
    assert.equal(await server.client.count(INDICES.deadLetter), 0);
  });

  it("keeps a later event whose Audit-ID the client chose to be that of an earlier one", async () => {
    const lines = fs.readFileSync(log, "utf8").trimEnd().split("\n");
    const event = JSON.parse(lines.find((line) => line.includes('"verb":"create"'))!);
    const chosen = (second: number) =>
      JSON.stringify({ ...event, auditID: "x", stageTimestamp: `2026-11-29T01:02:0${second}.000000Z` });
    fs.appendFileSync(log, `${chosen(1)}\n${chosen(2)}\n${chosen(2)}\n`);
    const same = { term: { "k8s_audit.rules": "chosen-audit-id" } };
    await waitUntil("both events", async () => (await server.client.count(INDICES.audit, same)) === 2);
  });

  it("cuts an event that is too long and marks it, without its body", async () => {
    const event = {
      kind: "Event",
      level: "Request",
      auditID: "long",
      stage: "ResponseComplete",
      requestURI: "/long",
      verb: "create",
      user: { username: "u" },
      objectRef: { resource: "pods", name: "long" },
    };
    const line = `${JSON.stringify(event).slice(0, -1)},"requestObject":{"a":"${SECRET}${"x".repeat(1_000_000)}"}}`;
    fs.appendFileSync(log, `${line}\n`);
    await waitUntil(
      "the event",
      async () =>
        (await server.client.count(INDICES.audit, {
          bool: {
            filter: [{ term: { "k8s_audit.truncated": true } }, { term: { "k8s_audit.audit_id": "long" } }],
          },
        })) === 1,
    );
  });
});
