import assert from "node:assert/strict";
import { join } from "node:path";
import { ELASTIC_VERSION } from "../../components/core/tables/pins";
import { filterClauses } from "../../components/documents/condition";
import { auditCollector } from "../../components/k8s-audit/audit-collector";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { EckOperator, eckRules, installEckDefinitions } from "../rigs/audit/eck-operator";
import { hits, readAll } from "./looking";
import { podToken } from "./tokens";
import { type AuditWorld, auditWorld } from "./world";

const NAMESPACE = "everyday-eck";
const ACCOUNT = "elastic-operator";
const OPERATOR = `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;
const RBAC = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
const STORES = `/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${NAMESPACE}/elasticsearches`;
const SETS = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`;

interface Sets {
  items: { spec: { replicas: number }; status: { readyReplicas?: number } }[];
}

describe("ECK's operator at its everyday work", function () {
  this.timeout(300_000);
  let world: AuditWorld;
  let operator: EckOperator;
  let seconds: number;

  before(async () => {
    world = await auditWorld();
    const began = Date.now();
    await prepare();
    const token = await podToken(world, NAMESPACE, ACCOUNT);
    operator = await EckOperator.start(join(world.rig.folder, "eck"), NAMESPACE, world.target, token);
    await lifeOfAStore();
    await operator.end();
    await readAll(world);
    seconds = (Date.now() - began) / 1000;
  });

  after(() => operator?.end());

  /** What its chart makes. */
  async function prepare(): Promise<void> {
    const { api } = world;
    await installEckDefinitions(api);
    await api.create("/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    await api.create(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: ACCOUNT } });
    await api.create(`${RBAC}/roles`, { metadata: { name: ACCOUNT }, rules: await eckRules() });
    await api.create(`${RBAC}/rolebindings`, {
      metadata: { name: ACCOUNT },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: ACCOUNT },
      subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace: NAMESPACE }],
    });
  }

  /** Made and deleted, each until the operator has done its part. */
  async function lifeOfAStore(): Promise<void> {
    const { api } = world;
    await api.create(STORES, {
      apiVersion: "elasticsearch.k8s.elastic.co/v1",
      kind: "Elasticsearch",
      metadata: { name: "store" },
      spec: { version: ELASTIC_VERSION, nodeSets: [{ name: "default", count: 1 }] },
    });
    await until("the store's pods", async () => {
      const { items } = await api.get<Sets>(SETS);
      return items[0]?.status.readyReplicas === 1;
    });
    await until("its status", async () => {
      const { status } = await api.get<{ status?: { phase?: string } }>(`${STORES}/store`);
      return status?.phase !== undefined;
    });
    await api.delete(`${STORES}/store`);
    await until("its end", async () => (await api.get<Sets>(SETS)).items.length === 0);
  }

  function until(what: string, look: () => Promise<boolean>): Promise<unknown> {
    return waitUntil(what, look).catch((error: Error) => {
      throw new Error(`${error.message}\n${operator.log().slice(-3000)}`);
    });
  }

  it("is seen: Secrets, ConfigMaps, Services and a StatefulSet of its own", async () => {
    const made = await hits(world, {
      bool: { filter: [{ term: { "user.name": OPERATOR } }, { term: { "event.action": "create" } }] },
    });
    const kinds = new Set(made.map(({ k8s_audit }) => k8s_audit.resource));
    for (const kind of ["secrets", "configmaps", "services", "statefulsets"])
      assert.ok(kinds.has(kind), kind);
  });

  it("raises nothing of severity 3 or more", async () => {
    const own = await hits(world, { term: { "user.name": OPERATOR } });
    assert.ok(own.length > 20, String(own.length));
    const severe = own.filter(({ event }) => event.severity >= 3);
    assert.deepEqual(
      severe.map(({ rule, message }) => `${rule?.name}: ${message}`),
      [],
    );
    console.log(`        ${own.length} documents of ECK's operator in ${seconds.toFixed(1)} s`);
  });

  for (const { name, when } of auditCollector.alerts!(INDICES, { removedRows: 1 }))
    it(`does not raise "${name}"`, async () => {
      assert.ok(when.kind === "matching");
      const filter = [...filterClauses(when.filter), { term: { "user.name": OPERATOR } }];
      const found = await world.server.client.count(when.index, { bool: { filter } });
      assert.ok(found < when.atLeast, `${found} of ${when.atLeast}`);
    });
});
