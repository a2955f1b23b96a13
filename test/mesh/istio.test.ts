import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { istio } from "../../components/istio/istio-feature";
import { EGRESS_NAMESPACE, NAMESPACE, WAYPOINT } from "../../components/istio/istio-names";
import { listPath } from "../../components/kubernetes/cluster-objects";
import { ApiError } from "../../tools/dev/cluster/api";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { GATEWAY_KINDS, gatewayKinds } from "../../tools/generate/gateway-kinds";
import { Istiod, removeIstioWebhooks } from "../rigs/mesh/istiod";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf, kindsMissing, until } from "../support/stack/objects";

const SENSOR = [
  { name: "otel_pipeline", enabled: true },
  { name: "falco", enabled: true },
];
const SHOP = { name: "workload_namespaces", enabled: true, config: { namespaces: [{ name: "shop" }] } };
const HOSTS = [
  { host: "api.example.com", from: [{ namespace: "shop", serviceAccount: "checkout" }] },
  { host: "mirror.example.org", ports: [{ number: 80, protocol: "HTTP" }], from: [{ namespace: "shop" }] },
];
const STRICT = {
  preset: "production",
  namespaces: ["shop"],
  egress: { hosts: HOSTS },
  mtls: { namespaces: { shop: "STRICT" } },
};
const EXCEPTION = {
  reason: "scraped by a Prometheus outside of the mesh",
  owner: "platform",
  until: "2030-01-31",
  namespace: "shop",
  labels: { app: "shop" },
  port: 9090,
};

const features = (config: object) => [...SENSOR, SHOP, { name: "istio", enabled: true, config }];

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

describe("Istio with its real istiod, and the rights that its chart gives it", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  let istiod: Istiod;

  before(async () => {
    deployment = await Deployment.start({ name: "test-istio" });
    deployment.configure({ features: features(STRICT), exceptions: [EXCEPTION] });
    const update = deployment.run("up");
    istiod = await Promise.race([Istiod.start(deployment.cluster, deployment.api), failed(update)]);
    await Promise.race([update, istiod.program.ended()]);
  });
  after(async () => {
    await istiod?.program.stop();
    await deployment?.stop();
  });

  /** Ends only where the update fails before istiod has started. */
  async function failed(update: Promise<unknown>): Promise<never> {
    await update;
    return new Promise(() => {});
  }

  const ofIstio = async () =>
    (await allObjects(deployment.api)).filter(({ apiVersion }) =>
      /^(security|networking|telemetry)\.istio\.io\/|^gateway\.networking\.k8s\.io\//.test(apiVersion),
    );

  /** The API server's answer to a dry run of an object, with istiod's judgement. */
  async function refusal(object: Parameters<typeof listPath>[0]): Promise<string | undefined> {
    const list = listPath(object);
    try {
      await deployment.api.create(`${list}?dryRun=All&fieldValidation=Strict`, object);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
  }

  it("is accepted by istiod, object by object: STRICT, its exception, the way out", async () => {
    const own = (await ofIstio()).filter(
      ({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === "istio",
    );
    const names = own.map(idOf).sort();
    assert.deepEqual(
      names.map((name) => name.replace(/in-clear-\w+/, "in-clear")),
      [
        `AuthorizationPolicy ${EGRESS_NAMESPACE}/api.example.com`,
        `AuthorizationPolicy ${EGRESS_NAMESPACE}/mirror.example.org`,
        `Gateway ${EGRESS_NAMESPACE}/${WAYPOINT}`,
        `PeerAuthentication ${NAMESPACE}/default`,
        "PeerAuthentication shop/default",
        "PeerAuthentication shop/in-clear",
        `ServiceEntry ${EGRESS_NAMESPACE}/api.example.com`,
        `ServiceEntry ${EGRESS_NAMESPACE}/mirror.example.org`,
      ],
    );
    const refused: string[] = [];
    for (const { apiVersion, kind, metadata, spec } of own) {
      const { namespace, labels } = metadata;
      const again = {
        apiVersion,
        kind,
        metadata: { name: `${metadata.name}-again`, namespace, labels },
        spec,
      };
      const answer = await refusal(again);
      if (answer !== undefined) refused.push(`${idOf({ apiVersion, kind, metadata })}: ${answer}`);
    }
    assert.deepEqual(refused, []);
  });

  it("has istiod refuse what the definitions let through", async () => {
    const policy = (rule: object) => ({
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: { name: "bad", namespace: "shop" },
      spec: { action: "ALLOW", rules: [rule] },
    });
    for (const rule of [
      { to: [{ operation: { ports: ["https"] } }] },
      { from: [{ source: { ipBlocks: ["anywhere"] } }] },
    ]) {
      const answer = (await refusal(policy(rule))) ?? "let through";
      assert.match(answer, /admission webhook "validation\.istio\.io" denied the request/);
    }
  });

  it("is seen by istiod as meant: each host is bound to the proxy and seen by all", async () => {
    for (const { host } of HOSTS) {
      const entry = `/apis/networking.istio.io/v1/namespaces/${EGRESS_NAMESPACE}/serviceentries/${host}`;
      const { status } = await until(
        `conditions of ${host}`,
        () => deployment.api.get<{ status?: { conditions?: Condition[] } }>(entry),
        // The proxy is not ready at first.
        (seen) =>
          ["WaypointBound", "VisibilityApplied"].every((type) =>
            seen.status?.conditions?.some((one) => one.type === `istio.io/${type}` && one.status === "True"),
          ),
      );
      const shown = status!.conditions!.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
      console.log(`        ${host}: ${shown.join(", ")}`);
      assert.ok(
        shown.some((one) => /^istio\.io\/WaypointBound True /.test(one)),
        shown.join(),
      );
      assert.ok(
        shown.some((one) => /^istio\.io\/VisibilityApplied True .*PUBLIC/i.test(one)),
        shown.join(),
      );
    }
  });

  it("shows a ServiceEntry of others in its own namespace only", async () => {
    const list = "/apis/networking.istio.io/v1/namespaces/shop/serviceentries";
    const entry = {
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "others", namespace: "shop" },
      spec: {
        hosts: ["others.example.net"],
        ports: [{ number: 443, name: "tls", protocol: "TLS" }],
        resolution: "DNS",
      },
    };
    await deployment.api.create(list, entry);
    const { status } = await until(
      "conditions of a ServiceEntry of others",
      () => deployment.api.get<{ status?: { conditions?: Condition[] } }>(`${list}/others`),
      (seen) => seen.status?.conditions?.some(({ type }) => type === "istio.io/VisibilityApplied") ?? false,
    );
    const [applied] = status!.conditions!.filter(({ type }) => type === "istio.io/VisibilityApplied");
    assert.match(applied!.reason, /NAMESPACE/i);
    await deployment.api.delete(`${list}/others`);
  });

  it("has its proxy made by istiod, of the pinned image and within Pod Security's level restricted", async () => {
    interface Made {
      spec: { replicas: number; template: { spec: { containers: { image: string; resources: object }[] } } };
    }
    const { spec } = await until(
      "the proxy's Deployment",
      () => deployment.api.get<Made>(`/apis/apps/v1/namespaces/${EGRESS_NAMESPACE}/deployments/${WAYPOINT}`),
      () => true,
    );
    const [container] = spec.template.spec.containers;
    assert.match(container!.image, /^docker\.io\/istio\/proxyv2:1\.31\.4-distroless/);
    assert.ok("limits" in container!.resources);
    assert.equal(spec.replicas, 2);
    const budget = `/apis/policy/v1/namespaces/${EGRESS_NAMESPACE}/poddisruptionbudgets/${WAYPOINT}`;
    const { spec: kept } = await deployment.api.get<{ spec: { maxUnavailable: number } }>(budget);
    assert.equal(kept.maxUnavailable, 1);
    await until(
      "the proxy's pod",
      () =>
        deployment.api.get<{ items: { status: { phase: string } }[] }>(
          `/api/v1/namespaces/${EGRESS_NAMESPACE}/pods`,
        ),
      ({ items }) => items.length > 0,
    );
  });

  it("is taken into the mesh by the label of the one list, as the plan's own namespaces are not", async () => {
    const { items } = await deployment.api.get<{
      items: { metadata: { name: string; labels: Record<string, string> } }[];
    }>("/api/v1/namespaces");
    const labelled = items.filter(({ metadata }) => metadata.labels["istio.io/dataplane-mode"] === "ambient");
    assert.deepEqual(
      labelled.map(({ metadata }) => metadata.name),
      ["shop"],
    );
  });

  it("is run as the config says", () => {
    assert.equal(istiod.podEnvironment["PILOT_ENABLE_AMBIENT"], "true");
  });

  it("tells the metrics that the alert rules ask istiod for", async () => {
    const rules = path.join(__dirname, "..", "..", "components", "istio", "prometheus-rules.yaml");
    const named = fs.readFileSync(rules, "utf8").match(/\b(pilot|citadel)_\w+/g) ?? [];
    // Of proxies it tells nothing as long as none has come.
    const asked = named.filter((name) => name !== "pilot_xds");
    const told = await istiod.metrics();
    assert.ok(asked.length >= 2);
    assert.deepEqual(
      asked.filter((name) => !new RegExp(`^${name}[{ ]`, "m").test(told)),
      [],
    );
  });

  it("does all of it within the rights that the chart gives it", () => {
    assert.deepEqual(istiod.program.forbidden(), []);
  });

  it("changes nothing the second time", () => deployment.run("preview", ["--expect-no-changes"]));

  it("has istiod judge the stack's own namespaces in the mesh, and methods and paths, and start the proxy for these", async () => {
    const allow = [
      { from: [{ namespace: "shop", serviceAccount: "checkout" }], methods: ["GET"], paths: ["/orders/*"] },
    ];
    const services = [{ namespace: "shop", name: "orders", pods: { app: "orders" }, allow }];
    deployment.configure({
      features: features({ ...STRICT, ownNamespaces: true, services }),
      exceptions: [EXCEPTION],
    });
    await deployment.run("up");
    const own = (await ofIstio())
      .filter(({ kind }) => ["AuthorizationPolicy", "Gateway", "PeerAuthentication"].includes(kind))
      .map(idOf);
    for (const name of [
      "AuthorizationPolicy shop/security-stack-l7-orders",
      "AuthorizationPolicy shop/security-stack-l7-orders-pods",
      "Gateway shop/security-stack-l7",
      ...["security-system", "security-pipeline"].flatMap((namespace) => [
        `AuthorizationPolicy ${namespace}/default-deny`,
        `PeerAuthentication ${namespace}/default`,
      ]),
      "AuthorizationPolicy security-pipeline/gateway",
      "AuthorizationPolicy security-system/falco",
    ])
      assert.ok(own.includes(name), `${name} of ${own.join(", ")}`);
    await until(
      "the proxy's Deployment",
      () => deployment.api.get<object>("/apis/apps/v1/namespaces/shop/deployments/security-stack-l7"),
      () => true,
    );
    await deployment.run("preview", ["--expect-no-changes"]);
    deployment.configure({ features: features(STRICT), exceptions: [EXCEPTION] });
    await deployment.run("up");
  });

  it("goes back from STRICT by one update", async () => {
    deployment.configure({ features: features({ ...STRICT, mtls: {} }), exceptions: [EXCEPTION] });
    await deployment.run("up");
    const peers = (await ofIstio()).filter(({ kind }) => kind === "PeerAuthentication");
    assert.deepEqual(
      peers.map(({ metadata, spec }) => [metadata.namespace, spec]),
      [[NAMESPACE, { mtls: { mode: "PERMISSIVE" } }]],
    );
  });

  it("keeps nobody from working when istiod is gone, and lets STRICT be taken away by hand", async () => {
    await istiod.program.stop();
    await deployment.api.create("/api/v1/namespaces", { metadata: { name: "made-without" } });
    const spec = { containers: [{ name: "main", image: "registry.example/web:1" }] };
    await deployment.api.create("/api/v1/namespaces/made-without/pods", { metadata: { name: "web" }, spec });
    const peer = (namespace: string) => ({
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: { name: "default", namespace },
      spec: { mtls: { mode: "STRICT" } },
    });
    assert.match((await refusal(peer("made-without"))) ?? "let through", /failed calling webhook/);
    await deployment.api.delete(`${listPath(peer(NAMESPACE))}/default`);
  });

  it("leaves nothing when it is switched off, with istiod gone, but what that made for itself", async () => {
    await removeIstioWebhooks(deployment.api);
    const { ofCharts = [], asObjects = [] } = istio.kindsOfPeople ?? {};
    assert.deepEqual(await kindsMissing(deployment.api, [...ofCharts, ...asObjects]), []);
    deployment.configure({ features: [...SENSOR, SHOP], exceptions: [] });
    await deployment.run("up");
    const left = async () =>
      (await allObjects(deployment.api))
        .filter(
          (object) =>
            belongsTo("istio")(object) ||
            /istio|ztunnel|waypoint|gateway\.networking/.test(`${object.apiVersion} ${idOf(object)}`),
        )
        .map(idOf)
        .filter((id) => !OF_ISTIOD.some((pattern) => pattern.test(id)));
    await until("no object of Istio", left, (ids) => ids.length === 0);
  });

  it("brings the kinds of Gateway API as the project has them", async () => {
    const { "manifests-gateway-api": folder } = await ensureTools(["manifests-gateway-api"]);
    const text = gatewayKinds(folder);
    if (process.env["UPDATE_GOLDEN"]) fs.writeFileSync(GATEWAY_KINDS, text);
    assert.equal(fs.readFileSync(GATEWAY_KINDS, "utf8"), text);
  });
});

/** What istiod makes while it runs, and nobody takes away: docs/zero-trust.md names it. */
const OF_ISTIOD = [/^ConfigMap [\w-]+\/istio-ca-(root-cert|crl)$/];
