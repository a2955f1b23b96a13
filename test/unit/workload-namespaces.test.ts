import assert from "node:assert/strict";
import { ContractError } from "../../components/core/contract/contract-error";
import { type Plan, plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";

const withNamespaces = (namespaces: object[], more: object[] = []) =>
  `${MINIMAL}\nfeatures: ${JSON.stringify([
    { name: "otel_pipeline", enabled: true },
    { name: "falco", enabled: true },
    { name: "workload_namespaces", enabled: true, config: { namespaces } },
    ...more,
  ])}`;
const planned = (namespaces: object[], more?: object[]): Plan =>
  plan(settingsOf(withNamespaces(namespaces, more), FEATURES));

function manifestsOf({ platform, features }: Plan, namespace: string) {
  const all = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
  return all.filter(({ metadata }) => metadata.namespace === namespace);
}

describe("namespaces of the user's workloads", () => {
  it("get a default deny, DNS, traffic within, default limits and a quota from one entry", () => {
    const all = manifestsOf(planned([{ name: "shop" }]), "shop");
    assert.deepEqual(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
      "LimitRange security-stack",
      "NetworkPolicy allow-dns",
      "NetworkPolicy default-deny",
      "NetworkPolicy security-stack",
      "ResourceQuota security-stack",
    ]);
  });

  it("let nothing through where no flow is wanted: an empty list of peers would be everyone", () => {
    const all = manifestsOf(planned([{ name: "shop", within: false }]), "shop");
    assert.ok(
      all.every(({ metadata, kind }) => kind !== "NetworkPolicy" || metadata.name !== "security-stack"),
    );
    const [one] = manifestsOf(planned([{ name: "shop", within: false, egressTo: ["db"] }]), "shop").flatMap(
      (m) => (m.kind === "NetworkPolicy" && m.metadata.name === "security-stack" ? [m] : []),
    );
    assert.deepEqual(one?.spec?.ingress, []);
    assert.equal(one?.spec?.egress?.length, 1);
  });

  it("are never deleted with the feature", () => {
    assert.ok(planned([{ name: "shop" }]).keptNamespaces.includes("shop"));
  });

  it("are looked at by the admission rules, as the stack's own are not", () => {
    const { features } = planned([{ name: "shop" }], [{ name: "pod_admission", enabled: true }]);
    const text = JSON.stringify(features.find(({ name }) => name === "pod_admission"));
    assert.match(text, /"security-system"/);
    assert.doesNotMatch(text, /"shop"/);
  });

  for (const name of ["security-system", "security-pipeline"])
    it(`are not the stack's own: ${name}`, () => {
      assert.throws(
        () => planned([{ name, podSecurity: "restricted" }]),
        (error: unknown) => error instanceof ContractError && error.found.includes(name),
      );
    });

  const BAD: Record<string, object[]> = {
    "one of Kubernetes": [{ name: "kube-system" }],
    "the default one": [{ name: "default" }],
    "a name twice": [{ name: "shop" }, { name: "shop", podSecurity: "baseline" }],
    "the level privileged": [{ name: "shop", podSecurity: "privileged" }],
    "a level as a label": [{ name: "shop", labels: { "pod-security.kubernetes.io/enforce": "privileged" } }],
    "a limit below the request": [{ name: "shop", containers: { requests: { cpu: "2" } } }],
    "a limit above the quota": [{ name: "shop", quota: { memory: "128Mi" } }],
    "a host name as network": [{ name: "shop", egress: [{ to: "example.com", ports: [443] }] }],
    "a network without ports": [{ name: "shop", egress: [{ to: "10.0.0.0/8", ports: [] }] }],
  };
  for (const [title, namespaces] of Object.entries(BAD))
    it(`refuse ${title}`, () => assert.ok(issuesOf(withNamespaces(namespaces), FEATURES).length > 0));
});
