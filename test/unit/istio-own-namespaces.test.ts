import assert from "node:assert/strict";
import { type Plan, plan } from "../../components/core/plan/plan";
import type { CustomObject, Manifest } from "../../components/kubernetes/manifest";
import { podTemplateOf } from "../../components/kubernetes/pod-spec";
import { FEATURES } from "../../components/registry";
import { isAllowed, type Place, type Policy } from "../support/network/policy-evaluator";
import { GOOD_CONFIG } from "../support/policy/good-stack";
import { settingsOf } from "../support/stack/config";

const OWN = ["security-system", "security-pipeline"];
const HBONE = 15008;
const PORTS = [4317, 8888, 9200, 9300, 5601, 9093, 8080, 8443, 443, 22];

/** The good stack with the option, and its mesh's other namespaces. */
function planned(config: object): Plan {
  const features = GOOD_CONFIG.features.map((one) =>
    one.name === "istio" ? { ...one, config: { ...one.config, ...config } } : one,
  );
  return plan(settingsOf(JSON.stringify({ ...GOOD_CONFIG, features }), FEATURES));
}

const manifestsOf = ({ platform, features }: Plan): Manifest[] => [
  ...platform,
  ...features.flatMap(({ contribution }) => contribution.manifests),
];
const policiesOf = (from: Plan): Policy[] =>
  manifestsOf(from).flatMap((one) =>
    one.kind === "NetworkPolicy" && one.spec
      ? [{ namespace: String(one.metadata.namespace), spec: one.spec }]
      : [],
  );
const objectsOf = (from: Plan, kind: string): CustomObject[] =>
  from.features
    .flatMap(({ contribution }) => contribution.customObjects ?? [])
    .filter((object) => object.kind === kind);

interface Source {
  principals?: string[];
  namespaces?: string[];
  notPrincipals?: string[];
}
interface Authorization {
  selector?: { matchLabels: Record<string, string> };
  rules?: { from?: { source: Source }[]; to?: { operation: { ports: string[] } }[] }[];
}
type Pod = Extract<Place, { namespace: string }> & { account: string };

/** Whether ztunnel lets a connection of the mesh to a port of a pod through (istio.io, Authorization Policy: implicit enablement). */
function isAuthorized(policies: readonly CustomObject[], from: Pod, to: Pod, port: number): boolean {
  const ofPod = policies
    .filter(({ metadata }) => metadata.namespace === to.namespace)
    .map(({ spec }) => spec as Authorization)
    .filter(({ selector }) =>
      Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => to.labels[key] === value),
    );
  const identity = `cluster.local/ns/${from.namespace}/sa/${from.account}`;
  const isSource = ({ source }: { source: Source }) =>
    !source.notPrincipals &&
    (source.principals?.includes(identity) ?? source.namespaces?.includes(from.namespace) ?? true);
  return ofPod.some(({ rules = [] }) =>
    rules.some(
      (rule) =>
        (rule.from?.some(isSource) ?? true) &&
        (rule.to?.some(({ operation }) => operation.ports.includes(String(port))) ?? true),
    ),
  );
}

function podsOf(from: Plan): Pod[] {
  const made = manifestsOf(from).flatMap((manifest): Pod[] => {
    const template = podTemplateOf(manifest);
    const { name, namespace = "" } = manifest.metadata;
    if (!template || !OWN.includes(namespace)) return [];
    const account = template.spec?.serviceAccountName ?? "default";
    return [{ name, namespace, labels: template.metadata?.labels ?? {}, account }];
  });
  return [...made, ...OF_OPERATORS];
}

/** As ECK and its chart make them. */
const OF_OPERATORS: Pod[] = [
  ["elasticsearch", "elasticsearch", { "elasticsearch.k8s.elastic.co/cluster-name": "security" }],
  ["kibana", "default", { "kibana.k8s.elastic.co/name": "security" }],
  ["elastic-operator", "elastic-operator", { "app.kubernetes.io/name": "elastic-operator" }],
].map(([name, account, labels]) => ({
  ...{ name: name as string, namespace: "security-pipeline" },
  ...{ labels: labels as Record<string, string>, account: account as string },
}));

describe("the stack's own namespaces in the mesh", () => {
  const without = planned({});
  const joined = planned({ ownNamespaces: true });
  const authorizations = objectsOf(joined, "AuthorizationPolicy").filter(({ metadata }) =>
    OWN.includes(metadata.namespace ?? ""),
  );

  it("are outside unless the config says so", () => {
    assert.deepEqual(
      objectsOf(without, "AuthorizationPolicy").map(({ metadata }) => metadata.namespace),
      ["istio-egress", "shop", "shop"],
    );
    assert.ok(
      !JSON.stringify(policiesOf(without).filter(({ namespace }) => OWN.includes(namespace))).includes(
        "15008",
      ),
    );
  });

  it("have the label of the mesh, and take connections in clear whatever its mode", () => {
    for (const name of OWN) {
      const namespace = joined.platform.find((one) => one.kind === "Namespace" && one.metadata.name === name);
      assert.equal(namespace?.metadata.labels?.["istio.io/dataplane-mode"], "ambient");
    }
    const modes = objectsOf(planned({ ownNamespaces: true, mtls: { mode: "STRICT" } }), "PeerAuthentication");
    assert.deepEqual(
      modes.map(({ metadata, spec }) => [metadata.namespace, (spec as { mtls: { mode: string } }).mtls.mode]),
      [["istio-system", "STRICT"], ...OWN.map((name) => [name, "PERMISSIVE"])],
    );
  });

  it("let through in the mesh what flowed without it, and nothing else", () => {
    const [before, after] = [policiesOf(without), policiesOf(joined)];
    const pods = podsOf(joined);
    const wider = new Set<string>();
    let flows = 0;
    for (const from of pods)
      for (const to of pods)
        for (const port of PORTS) {
          const wasOpen = isAllowed(before, { from, to, port, protocol: "TCP" });
          const carried = isAllowed(after, { from, to, port: HBONE, protocol: "TCP" });
          const isOpen = carried && isAuthorized(authorizations, from, to, port);
          if (wasOpen) assert.ok(isOpen, `${from.name} -> ${to.name}:${port}`);
          else if (isOpen) wider.add(`${from.name} -> ${to.name}:${port}`);
          flows += wasOpen ? 1 : 0;
        }
    assert.ok(flows >= 12, String(flows));
    assert.deepEqual([...wider].sort(), []);
  });

  it("let the kubelet's probes in, and scrapers that have no identity", () => {
    const probes: Place = { name: "probe", address: "169.254.7.127" };
    for (const to of podsOf(joined))
      assert.ok(isAllowed(policiesOf(joined), { from: probes, to, port: 13133, protocol: "TCP" }), to.name);
    const gateway = authorizations.find(({ metadata }) => metadata.name === "gateway");
    assert.deepEqual((gateway!.spec as Authorization).rules?.[1], {
      from: [{ source: { notPrincipals: ["*"] } }],
      to: [{ operation: { ports: ["8888"] } }],
    });
    const scrapedInMesh = planned({ ownNamespaces: true, namespaces: ["shop", "monitoring"] });
    const inMesh = objectsOf(scrapedInMesh, "AuthorizationPolicy").find(
      ({ metadata }) => metadata.name === "gateway",
    );
    assert.deepEqual((inMesh!.spec as Authorization).rules?.[1]?.from, [
      { source: { namespaces: ["monitoring"] } },
    ]);
  });

  it("allow nothing to pods that no policy names, in both namespaces", () => {
    const denied = authorizations.filter(({ metadata }) => metadata.name === "default-deny");
    assert.deepEqual(
      denied.map(({ metadata, spec }) => [metadata.namespace, spec]),
      OWN.map((name) => [name, {}]),
    );
    assert.equal(
      new Set(authorizations.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).size,
      authorizations.length,
    );
  });

  it("are no violation of the rule that keeps the mesh's label from them", () => {
    const bindings = (from: Plan) =>
      JSON.stringify(
        manifestsOf(from).filter(({ metadata }) => metadata.name === "security-stack-mesh-system"),
      );
    assert.match(bindings(without), /"security-system"/);
    assert.doesNotMatch(bindings(joined), /"security-(system|pipeline)"/);
    assert.match(bindings(joined), /"kube-system".*"istio-system"/);
  });

  it("are the same bytes in a second plan", () => {
    assert.equal(JSON.stringify(planned({ ownNamespaces: true })), JSON.stringify(joined));
  });
});
