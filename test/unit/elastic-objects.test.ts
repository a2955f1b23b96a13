import assert from "node:assert/strict";
import { objectsSchema } from "../../components/core/config/elasticsearch-schema";
import { plan } from "../../components/core/plan/plan";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { ALERTS_INDEX } from "../../components/documents/store";
import { elasticObjects } from "../../components/elastic/objects/all-objects";
import { APPENDED } from "../../components/elastic/objects/lifecycle";
import type { ElasticObject, ElasticType } from "../../components/elastic/objects/object";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { issuesOf, settingsOf } from "../support/stack/config";

function objectsOf(config: object = {}): ElasticObject[] {
  return elasticObjects({
    indices: INDICES,
    objects: objectsSchema.parse(config),
    replicas: 1,
    makesRoles: false,
    hasKibana: true,
    heartbeats: {},
    registry: registryFacts(FEATURES),
  });
}

const find = (objects: readonly ElasticObject[], type: ElasticType, name: string) => {
  const found = objects.find((object) => object.type === type && object.name === name);
  assert.ok(found, `no ${type} ${name}`);
  return found;
};

const days = (age = "") => Number(/^(\d+)d$/.exec(age)?.[1]);

describe("lifecycle of what is only added to", () => {
  for (const retention of [1, 2, 6, 7, 8, 30, 3650])
    it(`has its phases in Elasticsearch's order with ${retention} days`, () => {
      const retentionDays = Object.fromEntries([...APPENDED, "alerts"].map((key) => [key, retention]));
      const policies = objectsOf({ retentionDays }).filter(
        (object) => object.type === "ElasticsearchIndexLifecycle",
      );
      assert.equal(policies.length, 10);
      for (const { inputs } of policies) {
        const { hot, warm, delete: end } = inputs;
        assert.equal(days(end?.minAge), retention);
        assert.ok(days(hot?.rollover?.maxAge) <= Math.min(7, retention));
        if (warm) assert.ok(days(warm.minAge) < retention);
        else assert.ok(retention <= 7);
      }
    });

  it("is given to every data stream, the alerts among them, and made before its template", () => {
    const objects = objectsOf();
    const streams = objects
      .filter((object) => object.type === "ElasticsearchIndexTemplate")
      .filter(({ inputs }) => inputs.dataStream);
    assert.deepEqual(
      streams.map(({ name }) => name).sort(),
      [
        ALERTS_INDEX,
        ...[INDICES.audit, INDICES.correlations, INDICES.deadLetter, INDICES.responses],
        INDICES.events,
        INDICES.inventory,
        ...[INDICES.network, INDICES.mesh, INDICES.admission],
      ].sort(),
    );
    for (const { name, inputs, after } of streams) {
      assert.equal(JSON.parse(inputs.template?.settings ?? "{}")["index.lifecycle.name"], name);
      find(objects, "ElasticsearchIndexLifecycle", name);
      assert.ok(after?.includes(`ElasticsearchIndexLifecycle/${name}`));
    }
  });
});

describe("a transform", () => {
  it("starts before what it reads is there: nobody has written to it at a first start", () => {
    const transforms = objectsOf().filter((object) => object.type === "ElasticsearchTransform");
    assert.ok(transforms.length > 0);
    for (const { inputs } of transforms) assert.deepEqual([inputs.enabled, inputs.unattended], [true, true]);
  });
});

describe("a snapshot repository", () => {
  const config = (snapshots: string) =>
    `global: {clusterName: dev}\noutput: {elasticsearch: {managed: {}, objects: {snapshots: ${snapshots}}}}`;

  it("takes the settings as the provider names them, and refuses Elasticsearch's own names with those", () => {
    settingsOf(config("{type: s3, settings: {bucket: b, basePath: stack}}"), FEATURES);
    settingsOf(config("{type: azure, settings: {container: c}}"), FEATURES);
    const [issue] = issuesOf(config("{type: s3, settings: {bucket: b, base_path: stack}}"), FEATURES);
    assert.match(issue!.path, /snapshots\.settings\.base_path$/);
    assert.match(issue!.allowed!, /basePath/);
    for (const bad of ["{type: s3, settings: {basePath: x}}", "{type: fs, settings: {bucket: x}}"])
      assert.ok(issuesOf(config(bad), FEATURES).length > 0, bad);
  });

  /** Where Elasticsearch's pods may connect to outside of the stack, as "network:port". */
  function ways(elasticsearch: string): string[] {
    const text = `global: {clusterName: dev}\noutput: {elasticsearch: {${elasticsearch}}}`;
    const { manifests } = plan(settingsOf(text, FEATURES)).features.find(
      ({ name }) => name === "elastic",
    )!.contribution;
    const policy = manifests.find(
      ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "elasticsearch",
    );
    assert.ok(policy?.kind === "NetworkPolicy");
    return (policy.spec?.egress ?? []).flatMap(({ to = [], ports = [] }) =>
      to.flatMap(({ ipBlock }) => (ipBlock ? ports.map(({ port }) => `${ipBlock.cidr}:${port}`) : [])),
    );
  }

  it("is reached with a role of the cloud as with a key, and nothing else is opened", () => {
    const snapshots = (type: string, settings: string) =>
      `managed: {}, objects: {snapshots: {type: ${type}, settings: ${settings}}}`;
    assert.deepEqual(ways("managed: {}"), []);
    assert.deepEqual(ways(snapshots("fs", "{location: /backup}")), []);
    assert.deepEqual(ways(snapshots("gcs", "{bucket: b}")), ["0.0.0.0/0:443", "::/0:443"]);
    assert.deepEqual(ways(snapshots("s3", "{bucket: b}")), [
      ...["0.0.0.0/0:443", "::/0:443"],
      ...["169.254.170.23/32:80", "fd00:ec2::23/128:80"],
    ]);
    assert.deepEqual(ways("managed: {secureSettings: [keys]}"), ["0.0.0.0/0:443", "::/0:443"]);
  });

  it("has a ServiceAccount that is Elasticsearch's alone, with the annotations of the config", () => {
    const text =
      "global: {clusterName: dev}\noutput: {elasticsearch: {managed: {serviceAccountAnnotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/es'}}}}";
    const { manifests, customObjects } = plan(settingsOf(text, FEATURES)).features.find(
      ({ name }) => name === "elastic",
    )!.contribution;
    const account = manifests.find(({ kind }) => kind === "ServiceAccount");
    assert.equal(account?.metadata.annotations?.["eks.amazonaws.com/role-arn"], "arn:aws:iam::1:role/es");
    const users = customObjects!.filter((object) =>
      JSON.stringify(object.spec).includes(`"serviceAccountName":"${account?.metadata.name}"`),
    );
    assert.deepEqual(
      users.map(({ kind }) => kind),
      ["Elasticsearch"],
    );
  });
});
