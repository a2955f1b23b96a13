import assert from "node:assert/strict";
import { ELASTIC_VERSION, IMAGES } from "../../components/core/tables/pins";
import type { ElasticsearchClient } from "../../tools/dev/elasticsearch/client";
import { withClient } from "../../tools/dev/node/store-keys";
import { ECK_BEFORE, ELASTICSEARCH_BEFORE } from "../../tools/dev/toolchain/node-tools";
import { Deployment } from "../support/stack/deployment";
import { LineFlow } from "../support/stack/line-flow";
import { type NodePod, podsOnNode, restartsOf } from "../support/stack/node-pods";
import { until } from "../support/stack/objects";
import { timed } from "../support/stack/timed";
import { leftState, withElasticsearch } from "../support/upgrade/left-state";
import { makeCertificatesAnew } from "../support/upgrade/new-certificates";
import { type Change, readPreview } from "../support/upgrade/preview-changes";
import { runLeftState } from "../support/upgrade/run-left-state";

const NAMESPACE = "security-pipeline";
const CLAIM = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/elasticsearch-data-security-es-all-0`;
const STORE = `/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${NAMESPACE}/elasticsearches/security`;
const OPERATOR = `/api/v1/namespaces/${NAMESPACE}/pods/elastic-operator-0`;
const PODS = ["elastic-operator", "gateway", "node-collector", "security-es"];
const LINES_PER_SECOND = 20;

interface Store {
  status: { phase: string; health: string; version: string };
}

interface Claim {
  metadata: { uid: string };
}

// By one update, as a user makes it who comes from there. On simulated nodes: test/cluster/upgrade.test.ts.
describe("an upgrade on a real node, from the first commit whose update passed there, with an older ECK and Elasticsearch", function () {
  this.timeout(900_000);
  let deployment: Deployment;
  let flow: LineFlow;
  let claim: Claim;
  let old: NodePod[];
  let failed: string | undefined;

  before(async () => {
    deployment = await Deployment.start({ name: "test-node-upgrade", asConfigured: true, realNode: true });
    deployment.configure({
      output: {
        elasticsearch: {
          managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } },
          objects: { enabled: false },
        },
      },
      toggle: { tetragon: false, osquery: false, trivy: false },
    });
  });
  beforeEach(() => assert.equal(failed, undefined, "is not run: a test before it failed"));
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = this.currentTest.title;
  });
  after(() => {
    flow?.stop();
    return deployment?.stop();
  });

  it("begins with what that commit left, written to all the time", async () => {
    const left = leftState("6b3d1a7", deployment.cluster.kubeconfigPath);
    const state = withElasticsearch(left, ELASTICSEARCH_BEFORE);
    await makeCertificatesAnew(state);
    await timed("what was left runs", () => runLeftState(deployment, state, PODS));
    assert.deepEqual([await operatorVersion(), await storeVersion()], [ECK_BEFORE, ELASTICSEARCH_BEFORE]);
    claim = await deployment.api.get<Claim>(CLAIM);
    old = await podsOnNode(deployment);
    flow = new LineFlow(deployment.node!.logFolder);
    flow.start(LINES_PER_SECOND);
    await inStore((client) => flow.allArrived(client));
    await deployment.importState(state);
  });

  it("deletes and replaces nothing by its plan", async () => {
    const { same, changes } = readPreview(await deployment.run("preview", ["--json"]));
    for (const operation of [...new Set(changes.map((change) => change.operation))].sort())
      console.log(`      ${operation}: ${named(changes, operation).join(", ")}`);
    console.log(`      same: ${same}`);
    const lost = changes.filter(({ operation }) => /delete|replace/.test(operation));
    assert.deepEqual(lost, []);
  });

  it("comes to today's by one update, without a manual step", () => timed("up", () => deployment.run("up")));

  it("has its operator and its Elasticsearch brought up to date, on the same volume", async () => {
    // An operator that is replaced itself gets to Elasticsearch after the update has ended.
    // Without the stack's templates an index has a replica, for which one node has no place: it ends yellow.
    const isNew = ({ status }: Store) =>
      status.version === ELASTIC_VERSION &&
      status.phase === "Ready" &&
      /^(green|yellow)$/.test(status.health);
    await until("Elasticsearch brought up to date", () => deployment.api.get<Store>(STORE), isNew, 400_000);
    const versions = [await operatorVersion(), await storeVersion()];
    assert.deepEqual(versions, [IMAGES.elasticOperator.tag, ELASTIC_VERSION]);
    assert.equal((await deployment.api.get<Claim>(CLAIM)).metadata.uid, claim.metadata.uid);
    const now = await podsOnNode(deployment);
    const uids = new Set(old.map(({ metadata }) => metadata.uid));
    const made = now.filter(({ metadata }) => !uids.has(metadata.uid)).map(({ metadata }) => metadata.name);
    console.log(`      pods made anew: ${made.sort().join(", ")}`);
    for (const { metadata, status } of now)
      for (const container of status.containerStatuses ?? [])
        assert.equal(restartsOf(container), 0, metadata.name);
  });

  it("has every line of before and since", () =>
    inStore(async (client) => {
      const twice = await flow.allArrived(client);
      console.log(`      ${flow.written} lines, none lost, ${twice} twice`);
    }));

  it("previews no change afterwards", () => deployment.run("preview", ["--expect-no-changes"]));

  /** The version that the operator in its pod says of itself, in each line of its log. */
  async function operatorVersion(): Promise<string | undefined> {
    const log = await deployment.api.get<unknown>(`${OPERATOR}/log?tailLines=1`);
    return /"service\.version":"([\d.]+)/.exec(JSON.stringify(log).replaceAll('\\"', '"'))?.[1];
  }

  /** What Elasticsearch says of itself. */
  function storeVersion(): Promise<unknown> {
    return inStore(async (client) => {
      const { version } = (await client.must("GET", "/")) as { version: { number: string } };
      return version.number;
    });
  }

  function inStore<T>(use: (client: ElasticsearchClient) => Promise<T>): Promise<T> {
    return withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, use);
  }
});

function named(changes: readonly Change[], operation: string): string[] {
  return changes.filter((change) => change.operation === operation).map(({ resource }) => resource);
}
