import assert from "node:assert/strict";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { issue } from "../../components/k8s-audit/webhook/webhook-certificates";
import { podSpecOf } from "../../components/kubernetes/pod-spec";
import { FEATURES } from "../../components/registry";

const URL = "https://10.0.0.10:30643";

function contribution(config: Record<string, unknown>) {
  const values = {
    global: { clusterName: "test" },
    features: [{ name: "otel_pipeline" }, { name: "k8s_audit", config }],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
  };
  const { features } = plan(parseConfig({ values, encrypted: [] }, FEATURES));
  return features.find(({ name }) => name === "k8s_audit")!.contribution;
}

describe("Kubernetes audit: config", () => {
  const wrong: [what: string, config: Record<string, unknown>, path: RegExp][] = [
    ["a webhook without its part", { source: "webhook" }, /webhook/],
    ["a part beside another source", { webhook: { url: URL } }, /webhook/],
    ["an address with a path", { source: "webhook", webhook: { url: `${URL}/events` } }, /webhook\.url/],
    ["an address without TLS", { source: "webhook", webhook: { url: "http://10.0.0.10" } }, /webhook\.url/],
    [
      "a node's port of another Service",
      { source: "webhook", webhook: { url: URL, service: "ClusterIP", nodePort: 30643 } },
      /webhook\.nodePort/,
    ],
    ["a port that no node has", { source: "webhook", webhook: { url: URL, nodePort: 443 } }, /nodePort/],
    ["another source", { source: "syslog" }, /source/],
  ];
  for (const [what, config, path] of wrong)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => contribution(config),
        (error: unknown) => error instanceof ConfigError && error.issues.some((one) => path.test(one.path)),
      );
    });
});

describe("Kubernetes audit: plan", () => {
  it("deploys nothing for a file, and says which flags to set", () => {
    const { manifests, nextSteps } = contribution({});
    assert.deepEqual(manifests, []);
    assert.match(nextSteps!.join(), /--audit-log-path=\/var\/log\/security\/k8s_audit\/audit\.log/);
  });

  it("deploys two receivers for a webhook, which write where the node collector reads, and nothing else", () => {
    const { manifests, nextSteps } = contribution({ source: "webhook", webhook: { url: URL } });
    const deployment = manifests.find(({ kind }) => kind === "Deployment")!;
    const { volumes, securityContext, automountServiceAccountToken, containers } = podSpecOf(deployment)!;
    assert.deepEqual(
      volumes!.flatMap(({ hostPath }) => (hostPath ? [hostPath.path] : [])),
      ["/var/log/security/k8s_audit"],
    );
    assert.equal(securityContext!.runAsUser, 0);
    assert.deepEqual(containers[0]!.securityContext?.capabilities, { drop: ["ALL"] });
    assert.equal(automountServiceAccountToken, false);
    assert.deepEqual(manifests.map(({ kind }) => kind).sort(), [
      "ConfigMap",
      "Deployment",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "Service",
      "ServiceAccount",
    ]);
    assert.ok(!JSON.stringify(volumes).includes("kubeconfig"), "the API server's key is in no pod");
    assert.match(nextSteps!.join(), /--audit-webhook-config-file/);
  });

  it("makes a kubeconfig for the host of the address, an IPv6 one too", async () => {
    for (const url of ["https://[fd00::1]:30643/events", "https://audit.example/events"]) {
      const { clusters, users } = JSON.parse((await issue(url))["kubeconfig"]!);
      assert.equal(clusters[0].cluster.server, url);
      assert.match(Buffer.from(users[0].user["client-key-data"], "base64").toString(), /PRIVATE KEY/);
    }
  });
});
