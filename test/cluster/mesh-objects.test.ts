import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { plan } from "../../components/core/plan/plan";
import { listPath } from "../../components/kubernetes/cluster-objects";
import type { CustomObject } from "../../components/kubernetes/manifest";
import { FEATURES } from "../../components/registry";
import { ApiError, type KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { MINIMAL, settingsOf } from "../support/stack/config";
import { connect } from "../support/stack/objects";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const OURS = path.join(__dirname, "..", "..", "components");

const FROM = [{ namespace: "shop", serviceAccount: "checkout" }, { namespace: "admin" }];
const FEATURES_ON = [
  { name: "otel_pipeline", enabled: true },
  {
    name: "istio",
    enabled: true,
    config: {
      namespaces: ["shop", "admin"],
      ownNamespaces: true,
      egress: {
        hosts: [
          { host: "api.example.com", from: FROM },
          { host: "mirror.example.org", ports: [{ number: 80, protocol: "HTTP" }], from: FROM },
        ],
        networks: ["0.0.0.0/0", "10.20.0.0/16", "2001:db8::/32"],
      },
      services: [
        {
          ...{ namespace: "shop", name: "orders", pods: { app: "orders" } },
          allow: [{ from: FROM, methods: ["GET", "POST"], paths: ["/orders", "/orders/*"] }],
        },
      ],
    },
  },
  { name: "cilium", enabled: true },
  { name: "k8s_audit", enabled: true },
];

interface Definition {
  metadata: { name: string };
}

// Istio's own webhook judges the same in the rung `mesh`.
describe("what a mesh is configured by, before the definitions of its kinds", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let api: KubeApi;
  const { features } = plan(settingsOf(`${MINIMAL}features: ${JSON.stringify(FEATURES_ON)}\n`, FEATURES));
  const objects = features
    .flatMap(({ contribution }) => contribution.customObjects ?? [])
    .filter(({ kind }) => kind !== "CustomResourceDefinition");

  before(async () => {
    cluster = await startCluster({ name: "mesh-objects", ephemeral: true });
    api = connect(cluster.kubeconfigPath);
    for (const definition of await definitions()) await api.create(DEFINITIONS, definition);
    for (const name of new Set(objects.map(({ metadata }) => metadata.namespace)))
      await api.create("/api/v1/namespaces", { metadata: { name } });
    for (const list of new Set(objects.map(listPath)))
      await waitUntil(`the kind at ${list}`, () => api.get(list));
  });
  after(async () => {
    await api?.close();
    await cluster?.stop();
  });

  /** Istio's as it has them, the others as the stack brings them. */
  async function definitions(): Promise<Definition[]> {
    const { "manifests-istio": folder } = await ensureTools(["manifests-istio"]);
    const text = fs.readFileSync(path.join(folder, "crd-all.gen.yaml"), "utf8");
    const ours = ["istio/gateway-api.json", "cilium/crds/ciliumnetworkpolicies.json"].flatMap(
      (file) => JSON.parse(fs.readFileSync(path.join(OURS, file), "utf8")) as Definition | Definition[],
    );
    return [...parseAllDocuments(text).map((document) => document.toJS() as Definition), ...ours];
  }

  const refusal = async ({ apiVersion, kind, metadata, spec }: CustomObject): Promise<string | undefined> => {
    const object = { apiVersion, kind, metadata, spec };
    try {
      await api.create(`${listPath(object)}?dryRun=All&fieldValidation=Strict`, object);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return `${kind} ${metadata.name}: ${error.message}`;
      throw error;
    }
  };

  it("is taken, object by object", async () => {
    const kinds = objects.map(({ kind }) => kind);
    const count = (kind: string) => kinds.filter((one) => one === kind).length;
    console.log(`        ${objects.length} objects of ${[...new Set(kinds)].sort().join(", ")}`);
    assert.ok(count("AuthorizationPolicy") >= 8 && count("Gateway") === 2);
    assert.ok(count("CiliumNetworkPolicy") === 1 && count("PeerAuthentication") === 3);
    const refused = await Promise.all(objects.map(refusal));
    assert.deepEqual(
      refused.filter((one) => one !== undefined),
      [],
    );
  });

  it("is refused where a field is none of the kind's", async () => {
    for (const object of objects) {
      const spec = { ...(object.spec as object), surprise: true };
      assert.match((await refusal({ ...object, spec })) ?? "taken", /surprise/, object.kind);
    }
  });
});
