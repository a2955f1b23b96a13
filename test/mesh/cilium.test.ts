import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { cilium } from "../../components/cilium/cilium-feature";
import { OF_THE_NETWORK } from "../../components/cilium/cilium-names";
import { plan } from "../../components/core/plan/plan";
import { IMAGES, type PinnedImage } from "../../components/core/tables/pins";
import { FEATURES } from "../../components/registry";
import { ApiError } from "../../tools/dev/cluster/api";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { committedDefinition } from "../support/cilium/definitions";
import { unknownKeys } from "../support/stack/chart-values";
import { unownedIds } from "../support/stack/combinations";
import { MINIMAL, settingsOf } from "../support/stack/config";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf, kindsMissing, type LiveObject } from "../support/stack/objects";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const COMMITTED = path.join(__dirname, "..", "..", "components", "cilium", "crds");

/** Values that the chart takes and shows in a comment alone: what comes of them is looked at in the real cluster. */
const IN_A_COMMENT = ["socketLB.hostNamespaceOnly"];

interface ChartImage {
  image: { repository: string; tag: string; digest: string };
}

/** Of the chart's values.yaml. */
interface Values extends Record<string, unknown>, ChartImage {
  operator: ChartImage;
  certgen: ChartImage;
  hubble: { relay: ChartImage; ui: { frontend: ChartImage; backend: ChartImage } };
}

const PIPELINE = { name: "otel_pipeline", enabled: true };
const stackOf = (config: object) => ({ features: [PIPELINE, { name: "cilium", enabled: true, config }] });
const FULL = { encryption: { type: "wireguard", strictMode: { enabled: true } }, hubble: { ui: true } };

/** What Kubernetes and the tools make by themselves: of the stack's Jobs and of namespaces. */
const BY_ITSELF = /ConfigMap .*kube-root-ca\.crt|ServiceAccount .*default/;

describe("Cilium's committed definitions", function () {
  this.timeout(120_000);

  it("are those of the pinned version, without their descriptions", async () => {
    const { "manifests-cilium": folder } = await ensureTools(["manifests-cilium"]);
    const pinned = ["v2", "v2alpha1"].flatMap((version) =>
      fs
        .readdirSync(path.join(folder, version))
        .filter((name) => name.endsWith(".yaml"))
        .map((name) => ({
          name: name.replace(/\.yaml$/, ".json"),
          text: committedDefinition(parse(fs.readFileSync(path.join(folder, version, name), "utf8"))),
        })),
    );
    if (process.env["UPDATE_GOLDEN"])
      for (const { name, text } of pinned) fs.writeFileSync(path.join(COMMITTED, name), text);
    assert.equal(pinned.length, 22);
    assert.deepEqual(fs.readdirSync(COMMITTED).sort(), pinned.map(({ name }) => name).sort());
    for (const { name, text } of pinned)
      assert.equal(fs.readFileSync(path.join(COMMITTED, name), "utf8"), text, name);
  });
});

describe("the values of Cilium's chart", function () {
  this.timeout(120_000);
  let known: Values;

  before(async () => {
    const { "chart-cilium": chart } = await ensureTools(["chart-cilium"]);
    known = parse(fs.readFileSync(path.join(chart, "values.yaml"), "utf8"));
  });

  for (const [title, config] of Object.entries({
    "by default": {},
    "with all there is": {
      ...FULL,
      kubeProxyReplacement: true,
      apiServer: { host: "10.0.0.10" },
    },
    "with IPsec": { encryption: { type: "ipsec" } },
    "in mode eni": { mode: "eni" },
    "in mode chaining": { mode: "chaining" },
  }))
    it(`are its own, ${title}: Helm would ignore a misspelt one`, () => {
      const features = JSON.stringify(stackOf(config).features);
      const planned = plan(settingsOf(`${MINIMAL}features: ${features}`, FEATURES));
      const { charts = [] } = planned.features.find(({ name }) => name === "cilium")!.contribution;
      const unknown = unknownKeys(charts[0]!.values, known).filter((key) => !IN_A_COMMENT.includes(key));
      assert.deepEqual(unknown, []);
    });

  it("tell one that it does not have", () =>
    assert.deepEqual(unknownKeys({ cni: { chained: true } }, known), ["cni.chained"]));

  it("name images of the chart's own versions", () => {
    const { hubble, certgen, image, operator } = known;
    assert.deepEqual(
      [
        image,
        operator.image,
        hubble.relay.image,
        hubble.ui.frontend.image,
        hubble.ui.backend.image,
        certgen.image,
      ].map(({ repository, tag, digest }) => [repository, tag, digest || undefined]),
      [
        ...[IMAGES.cilium, { ...IMAGES.ciliumOperator, repository: "cilium/operator" }, IMAGES.hubbleRelay],
        ...[IMAGES.hubbleUi, IMAGES.hubbleUiBackend, IMAGES.hubbleCertificates],
      ].map((pin: PinnedImage) => [`${pin.registry}/${pin.repository}`, pin.tag, pin.digest]),
    );
  });
});

describe("Cilium on a real API server", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  let untouched: Set<string>;

  before(async () => {
    deployment = await Deployment.start({ name: "test-cilium" });
    deployment.configure({ features: [PIPELINE], toggle: {} });
    await deployment.run("up");
    untouched = unownedIds(await allObjects(deployment.api));
    deployment.configure(stackOf(FULL));
    await deployment.run("up");
  });
  after(() => deployment?.stop());

  const created = ({ metadata }: LiveObject) => Date.parse(String(metadata["creationTimestamp"]));
  const definitions = async () =>
    (await deployment.api.get<{ items: LiveObject[] }>(CRDS)).items.filter(({ metadata }) =>
      /^cilium.*\.cilium\.io$/.test(metadata.name),
    );
  const get = (of: string) => deployment.api.get<LiveObject>(of);

  it("has its definitions, established, before its agents", async () => {
    const found = await definitions();
    assert.equal(found.length, 22);
    for (const { metadata, status } of found) {
      const { conditions } = status as { conditions: { type: string; status: string }[] };
      const established = conditions.find(({ type }) => type === "Established");
      assert.equal(established?.status, "True", metadata.name);
      assert.equal(metadata.labels?.["app.kubernetes.io/component"], "cilium", metadata.name);
    }
    assert.deepEqual(await kindsMissing(deployment.api, cilium.kindsOfPeople?.asObjects), []);
    const agents = await get("/apis/apps/v1/namespaces/security-system/daemonsets/cilium");
    assert.ok(Math.max(...found.map(created)) <= created(agents));
  });

  it("is ready, with Hubble", async () => {
    const outputs = await deployment.outputs();
    assert.equal(outputs["hubbleReady"], "2/2");
    // Of two operators one is enough, for Kubernetes and so for the update.
    assert.match(String(outputs["ciliumReady"]), /^[34]\/4$/);
  });

  it("previews no change afterwards", async () => {
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  it("has no key or certificate in the stack's state", async () => {
    const secrets = (await allObjects(deployment.api)).filter(
      ({ kind, metadata }) => kind === "Secret" && metadata.namespace === "security-system",
    );
    assert.deepEqual(secrets.filter(belongsTo("cilium")).map(idOf), []);
  });

  /** What the API server says of an object, strictly: a field that the definition does not have is refused. */
  async function verdict(kind: string, spec: object): Promise<string> {
    const plural =
      kind === "CiliumNetworkPolicy"
        ? "namespaces/default/ciliumnetworkpolicies"
        : "ciliumclusterwidenetworkpolicies";
    const object = { apiVersion: "cilium.io/v2", kind, metadata: { name: "sample" }, spec };
    try {
      await deployment.api.create(`/apis/cilium.io/v2/${plural}?dryRun=All&fieldValidation=Strict`, object);
      return "taken";
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
  }

  const PROBES = {
    endpointSelector: {},
    enableDefaultDeny: { ingress: false, egress: false },
    ingress: [{ fromCIDR: ["169.254.7.127/32"] }],
  };
  const NAMES = {
    endpointSelector: { matchLabels: { "gateway.networking.k8s.io/gateway-name": "egress" } },
    egress: [
      {
        toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system" } }],
        toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
      },
      {
        toFQDNs: [{ matchName: "api.example.com" }],
        toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
      },
    ],
  };
  for (const [title, kind, spec] of [
    ["the exception for a mesh's probes", "CiliumClusterwideNetworkPolicy", PROBES],
    ["egress by host names", "CiliumNetworkPolicy", NAMES],
  ] as const)
    it(`takes ${title}`, async () => assert.equal(await verdict(kind, spec), "taken"));

  for (const [title, kind, spec, why] of [
    [
      "a network that is none",
      "CiliumClusterwideNetworkPolicy",
      { ...PROBES, ingress: [{ fromCIDR: ["nowhere"] }] },
      /fromCIDR/,
    ],
    [
      "a field that it does not have",
      "CiliumNetworkPolicy",
      { ...NAMES, egres: [] },
      /unknown field "spec\.egres"/,
    ],
    [
      "a port that is none",
      "CiliumNetworkPolicy",
      { ...NAMES, egress: [{ toPorts: [{ ports: [{ port: "!" }] }] }] },
      /port/,
    ],
    [
      "a protocol that is none",
      "CiliumNetworkPolicy",
      { ...NAMES, egress: [{ toPorts: [{ ports: [{ port: "53", protocol: "HTTP" }] }] }] },
      /protocol/,
    ],
    ["pods and nodes at once", "CiliumClusterwideNetworkPolicy", { ...PROBES, nodeSelector: {} }, /./],
  ] as const)
    it(`refuses ${title}`, async () => {
      const said = await verdict(kind, spec);
      assert.notEqual(said, "taken");
      assert.match(said, why);
    });

  for (const mode of ["eni", "chaining"])
    it(`goes to mode ${mode}, and previews no change afterwards`, async () => {
      deployment.configure(stackOf({ mode, encryption: { type: "wireguard" } }));
      await deployment.run("up");
      const { data } = await get("/api/v1/namespaces/security-system/configmaps/cilium-config");
      const settings = data as Record<string, string>;
      assert.equal(settings["routing-mode"], "native");
      assert.equal(settings["enable-ipv4-masquerade"], "false");
      assert.equal(settings["cni-exclusive"], "false");
      assert.equal(settings["bpf-lb-sock-hostns-only"], "true");
      await deployment.run("preview", ["--expect-no-changes"]);
    });

  it("is not removed while it is protected: its network stays", async () => {
    deployment.configure({ features: [PIPELINE] });
    const { code, output } = await deployment.attempt("up");
    assert.notEqual(code, 0);
    assert.match(output, /cannot be deleted|is protected/);
    assert.equal((await definitions()).length, 22);
    const left = (await allObjects(deployment.api)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.deepEqual(
      OF_THE_NETWORK.filter((one) => !left.includes(one)),
      [],
    );
    // What is left is the network: the next update brings the rest back.
    deployment.configure(stackOf(FULL));
    await deployment.run("up");
  });

  it("leaves nothing once that is confirmed", async () => {
    deployment.configure(stackOf({ protect: false }));
    await deployment.run("up");
    deployment.configure({ features: [PIPELINE] });
    await deployment.run("up");
    // Pods and revisions of the node collector are others than before: with Cilium it reads Hubble's files.
    const left = [...unownedIds(await allObjects(deployment.api))].filter((id) => !untouched.has(id));
    assert.deepEqual(
      left.filter((id) => !BY_ITSELF.test(id)),
      [],
    );
  });
});
