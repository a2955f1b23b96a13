import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plan } from "../../components/core/plan/plan";
import type { Manifest } from "../../components/kubernetes/manifest";
import { FEATURES } from "../../components/registry";
import { type Flow, isAllowed, type Place, type Policy } from "../support/network/policy-evaluator";
import { GOOD_CONFIG } from "../support/policy/good-stack";
import { settingsOf } from "../support/stack/config";

const POD_ADDRESS = "10.244.1.7";

/** Labels of pods that operators make, as they were on a real node: the two of ECK; and those of the charts. */
const OF_OPERATORS: Place[] = [
  pod("elasticsearch", "security-pipeline", {
    "common.k8s.elastic.co/type": "elasticsearch",
    "elasticsearch.k8s.elastic.co/cluster-name": "security",
  }),
  pod("kibana", "security-pipeline", {
    "common.k8s.elastic.co/type": "kibana",
    "kibana.k8s.elastic.co/name": "security",
  }),
  pod("elastic-operator", "security-pipeline", { "app.kubernetes.io/name": "elastic-operator" }),
  pod("trivy-operator", "security-pipeline", { "app.kubernetes.io/name": "trivy-operator" }),
  pod("istiod", "istio-system", { app: "istiod" }),
  pod("istio-cni", "istio-system", { "k8s-app": "istio-cni-node" }),
  pod("ztunnel", "istio-system", { app: "ztunnel" }),
  pod("egress", "istio-egress", { "gateway.networking.k8s.io/gateway-name": "egress" }),
  pod("scan job", "security-pipeline", { "app.kubernetes.io/managed-by": "trivy-operator" }),
  pod("hubble-relay", "security-system", { "k8s-app": "hubble-relay" }),
  pod("hubble-ui", "security-system", { "k8s-app": "hubble-ui" }),
  pod("hubble-generate-certs", "security-system", { "k8s-app": "hubble-generate-certs" }),
];

const OTHERS: Place[] = [
  pod("prometheus", "monitoring", { "app.kubernetes.io/name": "prometheus" }),
  pod("a stranger", "default", { app: "web" }),
  // Labels are anybody's: in another namespace they open nothing.
  pod("a false gateway", "default", { "app.kubernetes.io/name": "gateway" }),
  pod("a false collector", "default", { "app.kubernetes.io/name": "node-collector" }),
  pod("a false proxy", "default", { "gateway.networking.k8s.io/gateway-name": "egress" }),
  pod("a pod of shop", "shop", { app: "shop" }),
  pod("a neighbour", "security-pipeline", { app: "web" }),
  { name: "the internet", address: "203.0.113.9" },
];

/** Where our pods listen, by the pod's name. */
const PORTS: Readonly<Record<string, readonly number[]>> = {
  gateway: [4317, 8888, 13133],
  "node-collector": [8888, 13133],
  elasticsearch: [9200, 9300],
  kibana: [5601],
  alertmanager: [9093, 9094],
  notifier: [8080],
  responder: [8080, 8443],
  "audit-receiver": [8080, 8443],
  "elastic-operator": [9443],
  "trivy-operator": [8080, 9090],
  falco: [8765],
  "sink-otlp-siem": [8888],
  "sink-cloudwatch": [8888],
  "sink-s3": [8888],
  "hubble-relay": [4245],
  "hubble-ui": [8081],
  istiod: [8080, 15010, 15012, 15014, 15017],
  "istio-cni": [8000, 15014],
  ztunnel: [15020, 15021],
  egress: [15008, 15020, 15021, 15090],
};

/** Outside of the stack's pods. */
const OUTSIDE: readonly [string, Place, number, "TCP" | "UDP"][] = [
  ["cluster DNS", pod("coredns", "kube-system", { "k8s-app": "kube-dns" }), 53, "UDP"],
  ["NodeLocal DNS", { name: "NodeLocal", address: "169.254.20.10" }, 53, "UDP"],
  ["API server", { name: "API server", address: "10.96.0.1" }, 443, "TCP"],
  ["API server's port", { name: "API server", address: "192.0.2.5" }, 6443, "TCP"],
  ["instance metadata", { name: "IMDS", address: "169.254.169.254" }, 80, "TCP"],
  ["Pod Identity", { name: "agent", address: "169.254.170.23" }, 80, "TCP"],
  ["HTTPS outside", { name: "internet", address: "203.0.113.9" }, 443, "TCP"],
  ["HTTP outside", { name: "internet", address: "203.0.113.9" }, 80, "TCP"],
  ["kubelet", { name: "kubelet", address: "192.0.2.6" }, 10_250, "TCP"],
  ["Hubble's server of a node", { name: "agent", address: "192.0.2.6" }, 4244, "TCP"],
  ["etcd", { name: "etcd", address: "192.0.2.5" }, 2379, "TCP"],
  ["a stranger's pod", pod("web", "default", { app: "web" }), 8080, "TCP"],
];

function pod(name: string, namespace: string, labels: Readonly<Record<string, string>>): Place {
  return { name, namespace, labels };
}

/** The rows of docs/network.md, of which each table begins with this column. */
function rowsOf(column: string): string[][] {
  const page = readFileSync(join(__dirname, "..", "..", "docs", "network.md"), "utf8");
  const [, table = ""] = page.split(`| ${column} |`);
  const rows = table.split("\n\n")[0]!.split("\n").slice(2);
  return rows.map((row) =>
    row
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

/** Who stands for a name of the page that is no pod's. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  monitoring: ["prometheus"],
  // But what is in a namespace that lets nothing out.
  anybody: OTHERS.map(({ name }) => name).filter((name) => !["a neighbour", "a pod of shop"].includes(name)),
  "a namespace of the mesh": ["a pod of shop"],
};

const DNS = ["cluster DNS", "NodeLocal DNS"];
/** A NetworkPolicy knows no name and the API server has no pod: its ports, anywhere. */
const API_SERVER = ["API server", "API server's port", "HTTPS outside"];

/** What pods reach beside DNS, by the beginning of what the page says. */
const BEYOND_DNS: Readonly<Record<string, readonly string[]>> = {
  "nothing else": [],
  "TCP 443 and 6443 anywhere": API_SERVER,
  "AWS at TCP 443 anywhere": ["Pod Identity", ...API_SERVER],
  "TCP 4244 anywhere": ["Hubble's server of a node"],
  "its hosts' ports outside": ["HTTPS outside"],
  "TCP 443 anywhere, and EKS's Pod Identity": ["API server", "Pod Identity", "HTTPS outside"],
};

function beyondDns(pod: string): readonly string[] {
  const row = rowsOf("pod").find(([names = ""]) => names.split(", ").includes(pod));
  assert.ok(row, `${pod} is not in the table`);
  const said = Object.keys(BEYOND_DNS).find((text) => row[1]!.startsWith(text));
  assert.ok(said, row[1]);
  return BEYOND_DNS[said]!;
}

/** With Cilium as the only network, hosts outside are in policies of its own: test/unit/cilium-host-policies.test.ts. */
const BY_ADDRESS = {
  ...GOOD_CONFIG,
  features: GOOD_CONFIG.features.map((one) =>
    one.name === "cilium" ? { name: "cilium", config: { mode: "chaining", hubble: { ui: true } } } : one,
  ),
};

describe("the NetworkPolicies of a stack with every feature", () => {
  const { platform, features } = plan(settingsOf(JSON.stringify(BY_ADDRESS), FEATURES));
  const manifests = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
  const policies = manifests.flatMap(policyOf);
  const pods = [...manifests.flatMap(podOf), ...OF_OPERATORS];

  it("let through between pods what the stack needs, and nothing else", () => {
    const found: string[] = [];
    let tried = 0;
    for (const from of [...pods, ...OTHERS])
      for (const to of pods)
        for (const port of PORTS[to.name] ?? []) {
          const flow: Flow = { from, to, port, protocol: "TCP" };
          const isOpen = isAllowed(policies, flow);
          assert.equal(
            isAllowed(policies, flow, POD_ADDRESS),
            isOpen,
            `depends on the engine: ${from.name} -> ${to.name}:${port}`,
          );
          if (isOpen) found.push(`${from.name} -> ${to.name}:${port}`);
          tried += 1;
        }
    console.log(`        ${tried} flows, ${found.length} let through`);
    const listed = rowsOf("from").flatMap(([from = "", to = "", port = ""]) =>
      (MEANT[from] ?? [from]).map((one) => `${one} -> ${to}:${port}`),
    );
    assert.deepEqual(found.sort(), listed.sort());
  });

  for (const from of pods)
    it(`let ${from.name} reach what the page says, and nothing else outside`, () => {
      const found = OUTSIDE.filter(([, to, port, protocol]) =>
        isAllowed(policies, { from, to, port, protocol }, POD_ADDRESS),
      ).map(([name]) => name);
      assert.deepEqual(found.sort(), [...DNS, ...beyondDns(from.name)].sort());
    });

  it("are there for every pod, in both directions", () => {
    for (const place of pods)
      for (const [port, protocol] of [
        [1, "TCP"],
        [1, "UDP"],
      ] as const) {
        const stranger: Place = { name: "x", address: "203.0.113.9" };
        assert.ok(!isAllowed(policies, { from: stranger, to: place, port, protocol }), place.name);
        assert.ok(!isAllowed(policies, { from: place, to: stranger, port, protocol }), place.name);
      }
  });
});

function policyOf(manifest: Manifest): Policy[] {
  if (manifest.kind !== "NetworkPolicy") return [];
  const { spec, metadata } = manifest;
  return spec ? [{ namespace: String(metadata.namespace), spec }] : [];
}

function podOf(manifest: Manifest): Place[] {
  const template = templateOf(manifest);
  const { name, namespace } = manifest.metadata;
  return template ? [pod(name, String(namespace), template.metadata?.labels ?? {})] : [];
}

function templateOf(manifest: Manifest) {
  if (manifest.kind === "CronJob") return manifest.spec?.jobTemplate.spec?.template;
  if (manifest.kind === "DaemonSet" || manifest.kind === "Deployment" || manifest.kind === "StatefulSet")
    return manifest.spec?.template;
  return undefined;
}
