import { simulatedLabel } from "../cluster/simulation";
import { volumesFolder } from "./config-files";
import { dnsAddress, realNodeName, realNodeNames } from "./layout";
import type { Link } from "./network";

/** An object and the path of the API that has its kind. */
export interface ClusterObject {
  path: string;
  object: { metadata: { name: string; labels?: Record<string, string> } } & Record<string, unknown>;
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const SYSTEM = "/api/v1/namespaces/kube-system";
const DNS = "coredns";

/** Volumes for claims of pods on a real node. Each is a folder that all of them have. */
export const volumeNames = Array.from({ length: 16 }, (_, index) => `${realNodeName}-volume-${index + 1}`);

/** On whichever of the real nodes. */
const onRealNodes = {
  nodeSelectorTerms: [
    { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [...realNodeNames] }] },
  ],
};

/** Keeps pods off the simulated nodes while there is a real one, those of DaemonSets that tolerate everything excepted. */
export const simulatedTaint = { key: Object.keys(simulatedLabel)[0]!, value: "true", effect: "NoExecute" };

/** The API server may ask the kubelet for logs, exec and port-forward; nobody else may. */
export function kubeletAccess(): ClusterObject {
  return {
    path: `${RBAC}/clusterrolebindings`,
    object: {
      metadata: { name: "security-stack:kubelet-api" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:kubelet-api-admin",
      },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kube-apiserver" }],
    },
  };
}

/** Where the Service `kubernetes` leads: the relay on the node. The API server publishes no address itself. */
export function apiEndpoint({ node }: Link, port: number): ClusterObject {
  return {
    path: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    object: {
      metadata: { name: "kubernetes", labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: "IPv4",
      ports: [{ name: "https", port, protocol: "TCP" }],
      endpoints: [{ addresses: [node], conditions: { ready: true } }],
    },
  };
}

/**
 * Volumes of the default StorageClass, which its simulated provisioner makes for simulated nodes only. The scheduler takes one that is
 * there before it asks a provisioner. "Local", so that the kubelet gives the folder to the pod's fsGroup, as it does with a cloud's disk.
 */
export function volumes(): ClusterObject[] {
  return volumeNames.map((name) => ({
    path: "/api/v1/persistentvolumes",
    object: {
      metadata: { name },
      spec: {
        storageClassName: "standard",
        persistentVolumeReclaimPolicy: "Delete",
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "1Ti" },
        local: { path: `${volumesFolder}/${name}` },
        nodeAffinity: {
          required: onRealNodes,
        },
      },
    },
  }));
}

const corefile = `.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    cache 30
}
`;

/** CoreDNS as a cluster has it, on a real node. It forwards nothing: the node has no other network. */
export function clusterDns(image: string): ClusterObject[] {
  const labels = { "k8s-app": "kube-dns" };
  const read = { verbs: ["list", "watch"] };
  const rules = [
    { apiGroups: [""], resources: ["services", "pods", "namespaces"], ...read },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], ...read },
  ];
  return [
    { path: `${SYSTEM}/serviceaccounts`, object: { metadata: { name: DNS } } },
    { path: `${RBAC}/clusterroles`, object: { metadata: { name: "system:coredns" }, rules } },
    {
      path: `${RBAC}/clusterrolebindings`,
      object: {
        metadata: { name: "system:coredns" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
        subjects: [{ kind: "ServiceAccount", name: DNS, namespace: "kube-system" }],
      },
    },
    { path: `${SYSTEM}/configmaps`, object: { metadata: { name: DNS }, data: { Corefile: corefile } } },
    {
      path: `${SYSTEM}/services`,
      object: {
        metadata: { name: "kube-dns", labels },
        spec: {
          selector: labels,
          clusterIP: dnsAddress,
          ports: [
            { name: "dns", port: 53, protocol: "UDP" },
            { name: "dns-tcp", port: 53, protocol: "TCP" },
          ],
        },
      },
    },
    {
      path: "/apis/apps/v1/namespaces/kube-system/deployments",
      object: {
        metadata: { name: DNS, labels },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: dnsPod(image) },
        },
      },
    },
  ];
}

function dnsPod(image: string): object {
  return {
    serviceAccountName: DNS,
    priorityClassName: "system-cluster-critical",
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onRealNodes } },
    dnsPolicy: "Default",
    // Port 53 without a capability.
    securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] },
    containers: [
      {
        name: DNS,
        image,
        args: ["-conf", "/etc/coredns/Corefile"],
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
        readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
        livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 10 },
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
    volumes: [{ name: "config", configMap: { name: DNS } }],
  };
}
