import assert from "node:assert/strict";
import { elastic } from "../../components/elastic/elastic-feature";
import { EXTERNAL_OUTPUT } from "../../tools/dev/engine/stack-config";
import { longTest } from "../support/long-test";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf, kindsMissing, type LiveObject, until } from "../support/stack/objects";

const NAMESPACE = "security-pipeline";

/** As far as the operator changes it. */
interface EckObject {
  metadata: { name: string };
  spec: {
    podTemplate?: PodTemplate;
    nodeSets?: { podTemplate: PodTemplate; volumeClaimTemplates: { status?: object }[] }[];
  };
}

interface PodTemplate {
  metadata: { creationTimestamp?: null };
}

/** Go's `omitempty`: lists and maps that hold nothing are not written. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const isEmpty = (item: unknown) =>
    typeof item === "object" && item !== null && Object.keys(item).length === 0;
  return Object.fromEntries(
    Object.entries(value).filter(([key, item]) => key === "zoneAwareness" || !isEmpty(item)),
  );
}

// A minute: what ECK's definitions accept, and what is left of 0.8 MB of them, shows on a real API server only. The
// operator's own work is not shown: its pod is simulated, and a word of readiness is all that is played of it.
describe("a managed Elasticsearch on a real API server", function () {
  this.timeout(300_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: "test-elastic", asConfigured: true });
    deployment.configure({ toggle: { falco: false, tetragon: false, osquery: false, trivy: false } });
  });
  after(() => deployment?.stop());

  const left = async () => (await allObjects(deployment.api)).filter(belongsTo("elastic"));
  const isDefinition = ({ kind }: LiveObject) => kind === "CustomResourceDefinition";

  it("comes up ready, and previews no change afterwards", async () => {
    await deployment.run("up");
    const conditions = (await deployment.outputs())["conditions"] as { type: string; status: string }[];
    assert.deepEqual(
      conditions.map(({ type, status }) => `${type} ${status}`),
      ["ElasticsearchReady True", "KibanaReady True", "PipelineReady True"],
    );
    await deployment.run("preview", ["--expect-no-changes"]);
    assert.deepEqual(await kindsMissing(deployment.api, elastic.kindsOfPeople?.ofCharts), []);
  });

  /** As the operator does: the whole object, with what Go adds to it and without what it leaves out. */
  async function operatorWrites(kind: string, plural: string): Promise<void> {
    const path = `/apis/${kind}.k8s.elastic.co/v1/namespaces/${NAMESPACE}/${plural}`;
    for (const object of (await deployment.api.get<{ items: EckObject[] }>(path)).items) {
      const spec = JSON.parse(JSON.stringify(object.spec), (_, value) =>
        withoutEmpty(value),
      ) as EckObject["spec"];
      for (const { volumeClaimTemplates } of spec.nodeSets ?? [])
        for (const claim of volumeClaimTemplates) claim.status = {};
      for (const { podTemplate } of [spec, ...(spec.nodeSets ?? [])])
        if (podTemplate) podTemplate.metadata.creationTimestamp = null;
      const url = `${path}/${object.metadata.name}?fieldManager=elastic-operator`;
      await deployment.api.replace(url, { ...object, spec });
    }
  }

  longTest(
    "can be changed after the operator has written it back, and previews no change before",
    async () => {
      await operatorWrites("elasticsearch", "elasticsearches");
      await operatorWrites("kibana", "kibanas");
      const owned = await deployment.api.get<{
        metadata: { managedFields: { manager: string; fieldsV1: object }[] };
      }>(`/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${NAMESPACE}/elasticsearches/security`);
      const { fieldsV1 } = owned.metadata.managedFields.find(
        ({ manager }) => manager === "elastic-operator",
      )!;
      assert.match(JSON.stringify(fieldsV1), /f:nodeSets/);
      await deployment.run("preview");
      const memory = { requests: { memory: "3Gi" }, limits: { memory: "3Gi" } };
      deployment.configure({ override: { elasticsearch: { resources: memory } } });
      await deployment.run("up");
      const changed = await deployment.api.get<EckObject>(
        `/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${NAMESPACE}/elasticsearches/security`,
      );
      assert.match(JSON.stringify(changed.spec.nodeSets), /"limits":\{[^}]*"memory":"3Gi"/);
      deployment.configure({ override: {} });
      await deployment.run("up");
      await deployment.run("preview", ["--expect-no-changes"]);
    },
  );

  longTest(
    "leaves the volumes and their namespace when it is destroyed, and comes up beside them",
    async () => {
      const claims = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;
      // As ECK makes it; it belongs to nobody where the data is kept.
      await deployment.api.create(claims, {
        metadata: { name: "elasticsearch-data-security-es-all-0" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "100Gi" } } },
      });
      await deployment.run("destroy");
      const { status } = await deployment.api.get<{ status: { phase: string } }>(
        `/api/v1/namespaces/${NAMESPACE}`,
      );
      assert.equal(status.phase, "Active");
      const claim = await deployment.api.get<{ metadata: { deletionTimestamp?: string } }>(
        `${claims}/elasticsearch-data-security-es-all-0`,
      );
      assert.equal(claim.metadata.deletionTimestamp, undefined);
      await deployment.run("up");
      await deployment.run("preview", ["--expect-no-changes"]);
    },
  );

  longTest("leaves nothing but the key of what is kept when it is switched off", async () => {
    assert.ok((await left()).filter(isDefinition).length > 5);
    deployment.configure({ output: EXTERNAL_OUTPUT });
    await deployment.run("up");
    const objects = await until("nothing else of it", left, (all) => all.length <= 1);
    assert.deepEqual(objects.map(idOf), [`Secret ${NAMESPACE}/security-stack-kibana-keys`]);
  });
});
