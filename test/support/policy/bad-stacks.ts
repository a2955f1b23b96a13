import { parse, stringify } from "yaml";
import { stampLabels } from "../../../components/kubernetes/labels";
import type { Manifest } from "../../../components/kubernetes/manifest";
import { patched } from "./assertions";
import type { RegisteredObject } from "./program/program";

/** A stack with one thing wrong. */
export interface BadStack {
  /** Stable: tests and people name it. */
  number: number;
  title: string;
  /** The policy that must stop it, and no other. */
  policy: string;
  /** Fits the message: what was found. */
  found: RegExp;
  /** The changed object alone for what one object shows, else all objects of the changed stack. */
  objects(good: GoodObjects): RegisteredObject["manifest"][];
  protect?: boolean;
}

/** The objects of the good stack, as its plan has them. */
export class GoodObjects {
  constructor(readonly all: readonly Manifest[]) {}

  get(kind: string, name: string): Manifest {
    const found = this.all.find((object) => object.kind === kind && object.metadata.name === name);
    if (!found) throw new Error(`the good stack has no ${kind} ${name}`);
    return found;
  }

  /** All objects, one of them replaced. */
  with(changed: Manifest): Manifest[] {
    return this.all.map((object) =>
      object.kind === changed.kind && object.metadata.name === changed.metadata.name ? changed : object,
    );
  }

  without(kind: string, name: string, namespace?: string): Manifest[] {
    const removed = (object: Manifest) =>
      object.kind === kind &&
      object.metadata.name === name &&
      (namespace === undefined || object.metadata.namespace === namespace);
    return this.all.filter((object) => !removed(object));
  }
}

const RBAC = "rbac.authorization.k8s.io";

type Path = (string | number)[];
const POD: Path = ["spec", "template", "spec"];
const MAIN: Path = [...POD, "containers", 0];
const CONTEXT: Path = [...MAIN, "securityContext"];

/** One object of the good stack with one thing changed. */
function change(kind: string, name: string, path: Path, value: unknown): BadStack["objects"] {
  return (good) => [patched(good.get(kind, name), path, value)];
}

/** The good stack needs no right in the cluster, so these are of their own. */
function clusterRole(name: string, resources: string[], verb = "list"): Manifest {
  const rules = [{ apiGroups: [""], resources, verbs: [verb] }];
  return stampLabels({ apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name }, rules }, "bad");
}

function clusterRoleBinding(name: string, role: string): Manifest {
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: role };
  const subjects = [{ kind: "ServiceAccount", name, namespace: "security-pipeline" }];
  const metadata = { name };
  return stampLabels(
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRoleBinding", metadata, roleRef, subjects },
    "bad",
  );
}

/** The config of a collector with one thing changed. */
function collector(name: string, path: Path, value: unknown): BadStack["objects"] {
  return (good) => {
    const map = good.get("ConfigMap", name) as Extract<Manifest, { kind: "ConfigMap" }>;
    const config = patched(parse(map.data?.["config.yaml"] ?? "") as object, path, value);
    return [{ ...map, data: { "config.yaml": stringify(config) } }];
  };
}

/** What one object shows; they are told apart in one preview. */
export const BAD_OBJECTS: readonly BadStack[] = [
  {
    number: 1,
    title: "a sensor without limits",
    policy: "container-resources",
    found: /limits.cpu missing, limits.memory missing/,
    objects: change("DaemonSet", "osquery", [...MAIN, "resources", "limits"], undefined),
  },
  {
    number: 2,
    title: "a limit below the request",
    policy: "limits-cover-requests",
    found: /limits.memory 150Mi, requests.memory 200Mi/,
    objects: change("DaemonSet", "osquery", [...MAIN, "resources"], {
      requests: { cpu: "50m", memory: "200Mi" },
      limits: { cpu: "200m", memory: "150Mi" },
    }),
  },
  {
    number: 3,
    title: "an override of four times the sizing table",
    policy: "within-sizing",
    found: /limits.memory of the pod 1Gi/,
    objects: change("StatefulSet", "gateway", [...MAIN, "resources", "limits", "memory"], "1Gi"),
  },
  {
    number: 4,
    title: "a heap that fills the memory limit",
    policy: "jvm-heap",
    found: /heap of 200Mi, limits.memory 256Mi/,
    objects: change("StatefulSet", "gateway", [...MAIN, "env", "+"], {
      name: "JAVA_OPTS",
      value: "-Xmx200m",
    }),
  },
  {
    number: 5,
    title: "an image of an unknown registry",
    policy: "allowed-registries",
    found: /evil.example\/falco:0.45.0/,
    objects: change("DaemonSet", "falco", [...MAIN, "image"], "evil.example/falco:0.45.0"),
  },
  {
    number: 6,
    title: "an image without a version",
    policy: "pinned-images",
    found: /image docker.io\/falcosecurity\/falco$/m,
    objects: change("DaemonSet", "falco", [...MAIN, "image"], "docker.io/falcosecurity/falco"),
  },
  {
    number: 7,
    title: "an image of the tag latest",
    policy: "pinned-images",
    found: /:latest/,
    objects: change("DaemonSet", "osquery", [...MAIN, "image"], "docker.io/osquery/osquery:latest"),
  },
  {
    number: 8,
    title: "a sensor that misses the control plane",
    policy: "daemonset-tolerations",
    found: /tolerations \[\]/,
    objects: change("DaemonSet", "falco", [...POD, "tolerations"], []),
  },
  {
    number: 9,
    title: "a sensor on some of the nodes",
    policy: "daemonset-nodes",
    found: /nodeSelector \{"pool":"infra"\}/,
    objects: change("DaemonSet", "falco", [...POD, "nodeSelector", "pool"], "infra"),
  },
  {
    number: 10,
    title: "a privileged container",
    policy: "no-privileged",
    found: /privileged: true/,
    objects: change("DaemonSet", "osquery", [...CONTEXT, "privileged"], true),
  },
  {
    number: 11,
    title: "a container that may gain rights",
    policy: "privilege-escalation",
    found: /allowPrivilegeEscalation: true/,
    objects: change("StatefulSet", "gateway", [...CONTEXT, "allowPrivilegeEscalation"], true),
  },
  {
    number: 12,
    title: "a capability beyond the list",
    policy: "capabilities",
    found: /capabilities.add SYS_ADMIN/,
    objects: change("DaemonSet", "falco", [...CONTEXT, "capabilities", "add"], ["BPF", "SYS_ADMIN"]),
  },
  {
    number: 13,
    title: "a container that keeps the runtime's capabilities",
    policy: "capabilities",
    found: /capabilities.drop/,
    objects: change("StatefulSet", "gateway", [...CONTEXT, "capabilities"], {}),
  },
  {
    number: 14,
    title: "a gateway that runs as root",
    policy: "run-as-non-root",
    found: /runAsUser: 0/,
    objects: change("StatefulSet", "gateway", [...POD, "securityContext", "runAsUser"], 0),
  },
  {
    number: 15,
    title: "system calls without a filter",
    policy: "seccomp-profile",
    found: /"Unconfined"/,
    objects: change("DaemonSet", "osquery", [...CONTEXT, "seccompProfile"], { type: "Unconfined" }),
  },
  {
    number: 16,
    title: "a writable root file system",
    policy: "read-only-root",
    found: /readOnlyRootFilesystem: false/,
    objects: change("StatefulSet", "gateway", [...CONTEXT, "readOnlyRootFilesystem"], false),
  },
  {
    number: 17,
    title: "a collector in the host's network",
    policy: "host-namespaces",
    found: /hostNetwork: true/,
    objects: change("DaemonSet", "node-collector", [...POD, "hostNetwork"], true),
  },
  {
    number: 18,
    title: "the root of the node in a pod",
    policy: "host-paths",
    found: /hostPath \/$/m,
    objects: change("DaemonSet", "falco", [...POD, "volumes", 0], {
      name: "events",
      hostPath: { path: "/" },
    }),
  },
  {
    number: 19,
    title: "the host's /proc writable",
    policy: "host-paths",
    found: /\/proc mounted writable/,
    objects: (good) => {
      const set = good.get("DaemonSet", "falco") as Extract<Manifest, { kind: "DaemonSet" }>;
      const mounts = set.spec?.template.spec?.containers[0]?.volumeMounts ?? [];
      const writable = mounts.map((mount) => (mount.name === "proc" ? { ...mount, readOnly: false } : mount));
      return [patched(set, [...MAIN, "volumeMounts"], writable)];
    },
  },
  {
    number: 20,
    title: "a volume of a type that is not allowed",
    policy: "volume-types",
    found: /found: {3}nfs/,
    objects: change("StatefulSet", "gateway", [...POD, "volumes", "+"], {
      name: "share",
      nfs: { server: "s", path: "/" },
    }),
  },
  {
    number: 21,
    title: "an SELinux type beyond the list",
    policy: "kernel-confinement",
    found: /seLinuxOptions.type spc_t/,
    objects: change("DaemonSet", "node-collector", [...CONTEXT, "seLinuxOptions"], { type: "spc_t" }),
  },
  {
    number: 22,
    title: "a privileged namespace for what needs none",
    policy: "namespace-pod-security",
    found: /enforce "privileged"/,
    objects: change(
      "Namespace",
      "security-pipeline",
      ["metadata", "labels", "pod-security.kubernetes.io/enforce"],
      "privileged",
    ),
  },
  {
    number: 23,
    title: "a role with a wildcard",
    policy: "no-wildcard-rbac",
    found: /resources: \*/,
    objects: () => [clusterRole("reader", ["*"])],
  },
  {
    number: 24,
    title: "a binding to cluster-admin",
    policy: "no-cluster-admin",
    found: /roleRef cluster-admin/,
    objects: () => [clusterRoleBinding("reader", "cluster-admin")],
  },
  {
    number: 25,
    title: "a key in a ConfigMap",
    policy: "no-clear-secrets",
    found: /line 1, a literal value of api_key/,
    objects: change("ConfigMap", "falco", ["data", "extra.yaml"], "api_key: c2VjcmV0LXNlY3JldA=="),
  },
  {
    number: 26,
    title: "a password in an environment variable",
    policy: "no-clear-secrets",
    found: /a literal value of ELASTIC_PASSWORD/,
    objects: change("StatefulSet", "gateway", [...MAIN, "env", "+"], {
      name: "ELASTIC_PASSWORD",
      value: "hunter2hunter2",
    }),
  },
  {
    number: 27,
    title: "a workload without containers",
    policy: "workload-shape",
    found: /no containers/,
    objects: change("DaemonSet", "falco", [...POD, "containers"], []),
  },
  {
    number: 28,
    title: "a number that is a text",
    policy: "workload-shape",
    found: /replicas\n {2}found: {3}"2"/,
    objects: change("StatefulSet", "gateway", ["spec", "replicas"], "2"),
  },
  {
    number: 29,
    title: "a gateway without probes",
    policy: "probes",
    found: /no probe/,
    objects: (good) => [
      patched(
        patched(good.get("StatefulSet", "gateway"), [...MAIN, "livenessProbe"], undefined),
        [...MAIN, "readinessProbe"],
        undefined,
      ),
    ],
  },
  {
    number: 30,
    title: "a sensor that is evicted first",
    policy: "priority-class",
    found: /no priorityClassName/,
    objects: change("DaemonSet", "osquery", [...POD, "priorityClassName"], undefined),
  },
  {
    number: 31,
    title: "an object that nobody finds by its labels",
    policy: "standard-labels",
    found: /without app.kubernetes.io\/name, .*part-of/,
    objects: change("ConfigMap", "falco", ["metadata", "labels"], {}),
  },
  {
    number: 32,
    title: "an object that stays behind",
    policy: "no-retained-objects",
    found: /helm.sh\/resource-policy: keep/,
    objects: change("ConfigMap", "falco", ["metadata", "annotations"], { "helm.sh/resource-policy": "keep" }),
  },
  {
    number: 33,
    title: "data that the next update may delete",
    policy: "data-protected",
    found: /protect: false/,
    objects: (good) => [claim(good)],
  },
  {
    number: 34,
    title: "a store whose volumes go with it",
    policy: "keep-volume-claims",
    found: /whenDeleted: Delete/,
    objects: change("StatefulSet", "gateway", ["metadata", "labels", "app.kubernetes.io/name"], "store"),
  },
  {
    number: 35,
    title: "a receiver that takes data from anybody",
    policy: "collector-tls",
    found: /tls without client_ca_file/,
    objects: collector(
      "gateway-config",
      ["receivers", "otlp", "protocols", "grpc", "tls", "client_ca_file"],
      undefined,
    ),
  },
  {
    number: 36,
    title: "an exporter that verifies nothing",
    policy: "collector-tls",
    found: /tls.insecure_skip_verify: true/,
    objects: collector("gateway-config", ["exporters", "elasticsearch", "tls", "insecure_skip_verify"], true),
  },
  {
    number: 37,
    title: "an exporter that gives up after five minutes",
    policy: "collector-delivery",
    found: /max_elapsed_time: "300s"/,
    objects: collector(
      "node-collector-config",
      ["exporters", "otlp_grpc", "retry_on_failure", "max_elapsed_time"],
      "300s",
    ),
  },
  {
    number: 38,
    title: "a queue in memory",
    policy: "collector-delivery",
    found: /sending_queue.storage: nothing/,
    objects: collector(
      "gateway-config",
      ["exporters", "elasticsearch", "sending_queue", "storage"],
      undefined,
    ),
  },
  {
    number: 39,
    title: "events in the collector's own log",
    policy: "collector-debug-exporter",
    found: /exporter debug/,
    objects: collector("gateway-config", ["service", "pipelines", "logs/unknown", "exporters", "+"], "debug"),
  },
];

function claim(good: GoodObjects): Manifest {
  const { metadata } = good.get("StatefulSet", "gateway");
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "store", namespace: metadata.namespace, labels: metadata.labels },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "100Gi" } } },
  };
}

/** What only all objects together show: a preview each. */
export const BAD_STACKS: readonly BadStack[] = [
  {
    number: 40,
    title: "sensors that take more of a node than its budget",
    policy: "node-budget",
    found: /cpu requests of the DaemonSets, per node: .*falco 200m.* = 400m/,
    objects: (good) => {
      const cpu: Path = [...MAIN, "resources", "requests", "cpu"];
      const falco = good.with(patched(good.get("DaemonSet", "falco"), cpu, "199m"));
      return new GoodObjects(falco).with(patched(good.get("DaemonSet", "osquery"), cpu, "100m"));
    },
  },
  {
    number: 41,
    title: "more gateways than the nodes hold",
    policy: "cluster-capacity",
    found: /cpu requests: .*gateway 160 x 100m/,
    objects: (good) => good.with(patched(good.get("StatefulSet", "gateway"), ["spec", "replicas"], 160)),
  },
  {
    number: 42,
    title: "a token that nobody needs",
    policy: "automount-token",
    found: /the token of ServiceAccount security-system\/osquery is mounted/,
    objects: (good) =>
      good.with(patched(good.get("DaemonSet", "osquery"), [...POD, "automountServiceAccountToken"], true)),
  },
  {
    number: 43,
    title: "a namespace that is open to all",
    policy: "default-deny-network",
    found: /namespace security-pipeline without a default-deny/,
    objects: (good) => good.without("NetworkPolicy", "default-deny", "security-pipeline"),
  },
  {
    number: 44,
    title: "a Service in clear",
    policy: "service-tls",
    found: /port otlp\n.*appProtocol grpc/,
    objects: (good) =>
      good.with(patched(good.get("Service", "gateway"), ["spec", "ports", 0, "targetPort"], 4318)),
  },
  {
    number: 45,
    title: "replicas that a drain may take all at once",
    policy: "disruption-budget",
    found: /2 replicas without a PodDisruptionBudget/,
    objects: (good) => good.without("PodDisruptionBudget", "gateway"),
  },
  {
    number: 46,
    title: "a single gateway in production",
    policy: "collector-durability",
    found: /1 replicas/,
    objects: (good) => good.with(patched(good.get("StatefulSet", "gateway"), ["spec", "replicas"], 1)),
  },
  {
    number: 47,
    title: "a queue that goes with its pod",
    policy: "collector-durability",
    found: /which is on no claim/,
    objects: (good) => {
      const ephemeral = patched(
        good.get("StatefulSet", "gateway"),
        ["spec", "volumeClaimTemplates"],
        undefined,
      );
      return good.with(patched(ephemeral, [...POD, "volumes", "+"], { name: "queue", emptyDir: {} }));
    },
  },
  {
    number: 48,
    title: "a custom object whose definition somebody else keeps",
    policy: "crd-in-stack",
    found: /cilium.io\/TracingPolicy without its CustomResourceDefinition/,
    objects: (good) => {
      const { labels } = good.get("ConfigMap", "falco").metadata;
      const policy = {
        apiVersion: "cilium.io/v1alpha1",
        kind: "TracingPolicy",
        metadata: { name: "own", labels },
      };
      return [...good.all, policy];
    },
  },
  {
    number: 49,
    title: "objects that a preview does not show",
    policy: "opaque-resources",
    found: /not checked: a patch shows its own fields/,
    objects: (good) => {
      const { labels } = good.get("ConfigMap", "falco").metadata;
      const patch = { apiVersion: "v1", kind: "NamespacePatch", metadata: { name: "kube-system", labels } };
      return [...good.all, patch];
    },
  },
  {
    number: 50,
    title: "a role that may act as others",
    policy: "no-escalating-rbac",
    found: /verbs: impersonate/,
    objects: () => [clusterRole("reader", ["users"], "impersonate")],
  },
  {
    number: 51,
    title: "a webhook that sends every object out of the cluster",
    policy: "api-server-callbacks",
    found: /url hooks\.example, failurePolicy Ignore/,
    objects: () => [
      stampLabels(
        {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "ValidatingWebhookConfiguration",
          metadata: { name: "spy" },
          webhooks: [
            {
              ...{ name: "spy.hooks.example", admissionReviewVersions: ["v1"], sideEffects: "None" },
              clientConfig: { url: "https://hooks.example/all" },
              failurePolicy: "Ignore",
            },
          ],
        },
        "bad",
      ),
    ],
  },
  {
    number: 52,
    title: "a Service that takes the traffic of an address",
    policy: "traffic-of-others",
    found: /externalIPs 192\.0\.2\.1/,
    objects: (good) =>
      good.with(patched(good.get("Service", "gateway"), ["spec", "externalIPs"], ["192.0.2.1"])),
  },
  {
    number: 53,
    title: "a gateway beside the control plane",
    policy: "scheduling",
    found: /tolerations \[\{"operator":"Exists"\}\]/,
    objects: (good) =>
      good.with(
        patched(good.get("StatefulSet", "gateway"), [...POD, "tolerations"], [{ operator: "Exists" }]),
      ),
  },
  {
    number: 54,
    title: "a namespace of the sensors in a mesh",
    policy: "admission-rules",
    found: /rule mesh-system\n {2}found: {3}label istio\.io\/dataplane-mode: ambient/,
    objects: (good) =>
      good.with(
        patched(
          good.get("Namespace", "security-system"),
          ["metadata", "labels", "istio.io/dataplane-mode"],
          "ambient",
        ),
      ),
  },
];
