import * as cp from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { KubeApi } from "../dev/cluster/api";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../dev/cluster/kubeconfig";
import { waitUntil } from "../dev/cluster/wait";
import { ensureTools } from "../dev/toolchain/ensure";

const NS = "trivy-system";
const G = "/apis/aquasecurity.github.io/v1alpha1";

export async function main(): Promise<number> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "checkout-record-"));
  const cluster = await startCluster({ name: "trivy-record", directory, ephemeral: true });
  const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath), 60_000);
  const { "chart-trivy-operator": chart } = await ensureTools(["chart-trivy-operator"]);
  let child: cp.ChildProcess | undefined;
  try {
    for (const file of fs.readdirSync(path.join(chart, "crds")))
      await api.ensure(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        parse(fs.readFileSync(path.join(chart, "crds", file), "utf8")),
      );
    for (const name of [NS, "shop"]) await api.create("/api/v1/namespaces", { metadata: { name } });
    await api.create("/apis/apps/v1/namespaces/shop/deployments", {
      metadata: { name: "web" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: {
            hostNetwork: true,
            containers: [
              { name: "app", image: "registry.invalid/web:1", securityContext: { privileged: true } },
              { name: "sidecar", image: "registry.invalid/sidecar:1" },
            ],
          },
        },
      },
    });
    await api.create("/apis/batch/v1/namespaces/shop/cronjobs", {
      metadata: { name: "export" },
      spec: {
        schedule: "0 3 * * *",
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: "Never",
                volumes: [{ name: "sock", hostPath: { path: "/var/run/docker.sock" } }],
                containers: [{ name: "job", image: "registry.invalid/export:1" }],
              },
            },
          },
        },
      },
    });
    await api.create("/api/v1/namespaces/shop/services", {
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }], externalIPs: ["203.0.113.7"] },
    });
    await api.create("/api/v1/namespaces/shop/configmaps", {
      metadata: { name: "settings" },
      data: { "app.properties": "password=canary-3f9c1e-hunter2: x\ntoken: canary-3f9c1e-hunter2" },
    });
    await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles", {
      metadata: { name: "reader" },
      rules: [{ apiGroups: [""], resources: ["secrets", "pods/exec"], verbs: ["get", "list", "create"] }],
    });
    await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings", {
      metadata: { name: "everybody" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace: "shop" }],
    });
    await api.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
      metadata: { name: "deployer" },
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
    });
    await api.create("/api/v1/persistentvolumes", {
      metadata: { name: "data-0" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/data" } },
    });
    // A static pod of the control plane, as kubeadm has one.
    await api
      .create("/api/v1/namespaces/kube-system/serviceaccounts", { metadata: { name: "default" } })
      .catch(() => undefined);
    await api.create("/api/v1/namespaces/kube-system/pods", {
      metadata: {
        name: "kube-apiserver-node-1",
        labels: { component: "kube-apiserver", tier: "control-plane" },
      },
      spec: {
        hostNetwork: true,
        nodeName: "node-1",
        containers: [
          {
            name: "kube-apiserver",
            image: "registry.k8s.io/kube-apiserver:v1.35.4",
            command: [
              "kube-apiserver",
              "--advertise-address=192.0.2.10",
              "--authorization-mode=Node,RBAC",
              "--client-ca-file=/etc/kubernetes/pki/ca.crt",
              "--enable-admission-plugins=NodeRestriction",
            ],
          },
        ],
      },
    });
    const log = fs.openSync("/tmp/op/operator.log", "w");
    child = cp.spawn("/tmp/op/trivy-operator", [], {
      stdio: ["ignore", log, log],
      env: {
        PATH: process.env["PATH"],
        HOME: "/tmp/op",
        KUBECONFIG: cluster.kubeconfigPath,
        OPERATOR_NAMESPACE: NS,
        OPERATOR_TARGET_NAMESPACES: "",
        OPERATOR_SERVICE_ACCOUNT: "trivy-operator",
        OPERATOR_LOG_DEV_MODE: "true",
        OPERATOR_METRICS_BIND_ADDRESS: "127.0.0.1:18080",
        OPERATOR_HEALTH_PROBE_BIND_ADDRESS: "127.0.0.1:19090",
        OPERATOR_VULNERABILITY_SCANNER_ENABLED: "false",
        OPERATOR_EXPOSED_SECRET_SCANNER_ENABLED: "false",
        OPERATOR_SBOM_GENERATION_ENABLED: "false",
        OPERATOR_CONFIG_AUDIT_SCANNER_ENABLED: "true",
        OPERATOR_RBAC_ASSESSMENT_SCANNER_ENABLED: "true",
        OPERATOR_INFRA_ASSESSMENT_SCANNER_ENABLED: "true",
        OPERATOR_CLUSTER_COMPLIANCE_ENABLED: "false",
        OPERATOR_SCANNER_REPORT_TTL: "24h",
        CONTROLLER_CACHE_SYNC_TIMEOUT: "5m",
        TRIVY_SERVER_HEALTH_CHECK_CACHE_EXPIRATION: "10h",
      },
    });
    const wanted = [
      "configauditreports",
      "clusterrbacassessmentreports",
      "rbacassessmentreports",
      "infraassessmentreports",
      "clusterconfigauditreports",
      "clusterinfraassessmentreports",
    ];
    const all: Record<string, unknown[]> = {};
    const end = Date.now() + Number(process.env["REC_SECONDS"] ?? 150) * 1000;
    while (Date.now() < end && child.exitCode === null) {
      await new Promise((r) => setTimeout(r, 5000));
      for (const kind of wanted) all[kind] = (await api.get<{ items: unknown[] }>(`${G}/${kind}`)).items;
      console.log(wanted.map((kind) => `${kind} ${all[kind]!.length}`).join(", "));
    }
    fs.writeFileSync("/tmp/op/reports.json", JSON.stringify(all, null, 1));
    void waitUntil;
  } finally {
    child?.kill();
    await api.close();
    await cluster.stop();
  }
  return 0;
}
