import type {
  Container,
  EnvVar,
  PodTemplateSpec,
  Probe,
  Volume,
  VolumeMount,
} from "kubernetes-types/core/v1";
import { stringify } from "yaml";
import { checksum } from "../kubernetes/checksum";
import { RESTRICTED } from "../kubernetes/pods";
import { parseQuantity } from "../kubernetes/quantity";
import type { Resources, WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import { CONFIG_FOLDER, HEALTH_PORT } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const CONFIG_FILE = "config.yaml";

/** Data of the ConfigMap that {@link configVolume} mounts. */
export function configData(config: CollectorConfig): Record<string, string> {
  return { [CONFIG_FILE]: stringify(config, { lineWidth: 0 }) };
}

export function configVolume(configMap: string): Volume {
  return { name: "config", configMap: { name: configMap } };
}

/**
 * What changes when pods have to be replaced: a collector reads its configuration at its start, and of its certificates
 * the authorities too; only the certificate and its key are read again by `reload_interval`, and the clients' authorities
 * by `client_ca_file_reload` (configtls 1.58; opentelemetry-collector#11111).
 */
export function podAnnotations(
  collector: CollectorConfig,
  { certificates }: PipelineConfig,
): Record<string, string> {
  return {
    "checksum/config": checksum(configData(collector)),
    "security-stack/certificates-generation": String(certificates.generation),
  };
}

export interface CollectorContainer {
  name: string;
  settings: Pick<WorkloadSettings, "image" | "resources">;
  env?: EnvVar[];
  metricsPort: number;
  ports?: { name: string; containerPort: number }[];
  volumeMounts: VolumeMount[];
  /** OpenTelemetry feature gates to turn on. */
  featureGates?: string[];
}

/** The container of a collector, the same for both but for what it mounts. */
export function collectorContainer(options: CollectorContainer): Container {
  const { settings, featureGates = [] } = options;
  return {
    name: options.name,
    image: settings.image,
    args: [
      `--config=${CONFIG_FOLDER}/${CONFIG_FILE}`,
      ...(featureGates.length > 0 ? [`--feature-gates=${featureGates.join(",")}`] : []),
    ],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      ...Object.entries(goRuntime(settings.resources)).map(([name, value]) => ({ name, value })),
      ...(options.env ?? []),
    ],
    ports: [
      ...(options.ports ?? []),
      { name: "metrics", containerPort: options.metricsPort },
      { name: "health", containerPort: HEALTH_PORT },
    ],
    readinessProbe: probe({ periodSeconds: 5, failureThreshold: 3 }),
    livenessProbe: probe({ initialDelaySeconds: 30, periodSeconds: 20, failureThreshold: 6 }),
    resources: settings.resources,
    securityContext: RESTRICTED,
    volumeMounts: [{ name: "config", mountPath: CONFIG_FOLDER, readOnly: true }, ...options.volumeMounts],
  };
}

/** Of a program beside the collector: both its files and the collector's configuration replace the pod when they change. */
export function programChecksum(program: PodTemplateSpec | undefined): Record<string, string> {
  const checksum = program?.metadata?.annotations?.["checksum/config"];
  return checksum === undefined ? {} : { "checksum/program": checksum };
}

/** Environment of Go's garbage collector for a container of this size. */
export function goRuntime({ limits }: Resources): { GOMEMLIMIT: string; GOGC: string } {
  return {
    // It works harder from here on, before the kernel ends the process at the limit.
    GOMEMLIMIT: String(Math.floor((parseQuantity(limits.memory) ?? 0) * 0.8)),
    // Below that it collects a third as often as by default, which saves a third of the CPU time per line.
    GOGC: "300",
  };
}

function probe(timing: Partial<Probe>): Probe {
  return { httpGet: { path: "/", port: "health" }, timeoutSeconds: 5, ...timing };
}
