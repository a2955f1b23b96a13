import { stringify } from "yaml";
import { standardLabels } from "../../../components/kubernetes/labels";

/** Objects that every policy is content with, as a base for one that differs in one thing. */

const IMAGE = "docker.io/acme/agent:1.2.3";
export const NAMESPACE = "security-system";

export function goodContainer() {
  return {
    name: "main",
    image: IMAGE,
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "20m", memory: "32Mi" } },
    livenessProbe: { exec: { command: ["true"] } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

export function goodPod() {
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [goodContainer()],
    volumes: [{ name: "tmp", emptyDir: {} }],
  };
}

function workload(kind: string, name: string) {
  const labels = standardLabels(name, "test");
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels: { "app.kubernetes.io/name": name } },
      template: { metadata: { labels: { ...labels } }, spec: goodPod() },
    },
  };
}

/** On every node, tolerating all taints. */
export function goodDaemonSet(name = "agent") {
  const set = workload("DaemonSet", name);
  const nodePod = {
    ...set.spec.template.spec,
    tolerations: [{ operator: "Exists" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
    priorityClassName: "security-node-agent",
  };
  return { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec: nodePod } } };
}

export function goodDeployment(name = "server", replicas = 1) {
  const deployment = workload("Deployment", name);
  return { ...deployment, spec: { replicas, ...deployment.spec } };
}

export function goodStatefulSet(name = "store") {
  const set = workload("StatefulSet", name);
  const claim = { metadata: { name: "data" }, spec: { resources: { requests: { storage: "1Gi" } } } };
  return { ...set, spec: { replicas: 1, ...set.spec, volumeClaimTemplates: [claim] } };
}

export function goodCronJob(name = "job") {
  const { spec, ...rest } = workload("CronJob", name);
  return {
    ...rest,
    apiVersion: "batch/v1",
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: spec.template } } },
  };
}

export function object(apiVersion: string, kind: string, name: string, rest: object = {}) {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: NAMESPACE, labels: standardLabels(name, "test") },
    ...rest,
  };
}

export function goodNamespace(name = NAMESPACE, level = "restricted") {
  const labels = { ...standardLabels(name, "platform"), "pod-security.kubernetes.io/enforce": level };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

export function denyAll(namespace = NAMESPACE) {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "default-deny", namespace, labels: standardLabels("default-deny", "platform") },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

/** A store that an operator makes pods and volumes for. */
export function goodStore(name = "elasticsearch") {
  return {
    apiVersion: "store.example/v1",
    kind: "Store",
    metadata: { name, namespace: NAMESPACE, labels: standardLabels(name, "test") },
    spec: {
      volumeClaimDeletePolicy: "DeleteOnScaledownOnly",
      nodeSets: [
        {
          name: "default",
          count: 1,
          volumeClaimTemplates: [{ metadata: { name: "data" } }],
          podTemplate: {
            spec: {
              containers: [
                {
                  name: "store",
                  env: [{ name: "ES_JAVA_OPTS", value: "-Xms2g -Xmx2g" }],
                  resources: {
                    requests: { cpu: "500m", memory: "2Gi" },
                    limits: { cpu: "2", memory: "4Gi" },
                  },
                },
              ],
            },
          },
        },
      ],
    },
  };
}

/** The parts of a collector config that tests change. */
export interface CollectorSettings {
  // biome-ignore lint/suspicious/noExplicitAny: tests put anything anywhere
  [section: string]: any;
}

export function collectorSettings(): CollectorSettings {
  const retry_on_failure = { enabled: true, max_elapsed_time: "0s" };
  const sending_queue = { storage: "file_storage/queue" };
  return {
    receivers: {
      otlp: {
        protocols: {
          grpc: {
            endpoint: "0.0.0.0:4317",
            tls: { cert_file: "/tls/tls.crt", key_file: "/tls/tls.key", client_ca_file: "/tls/ca.crt" },
          },
        },
      },
    },
    exporters: {
      otlp_grpc: {
        endpoint: "dns:///gateway:4317",
        tls: { ca_file: "/tls/ca.crt" },
        retry_on_failure,
        sending_queue,
      },
      elasticsearch: {
        endpoints: ["https://es.example:9200"],
        retry: { enabled: true, max_retries: 9_007_199_254_740_991 },
        sending_queue,
      },
    },
    extensions: { "file_storage/queue": { directory: "/var/lib/otelcol/queue" } },
    service: {
      extensions: ["file_storage/queue"],
      pipelines: { logs: { receivers: ["otlp"], exporters: ["otlp_grpc", "elasticsearch"] } },
    },
  };
}

/** A ConfigMap with a collector's config that no policy has anything against, but for what `change` does to it. */
export function collectorConfigMap(name: string, change: (config: CollectorSettings) => void = () => {}) {
  const settings = collectorSettings();
  change(settings);
  return object("v1", "ConfigMap", name, { data: { "config.yaml": stringify(settings) } });
}
