import * as path from "node:path";
import type {
  Container,
  PodSpec,
  Probe,
  SecurityContext,
  Volume,
  VolumeMount,
} from "kubernetes-types/core/v1";
import { checksum } from "../kubernetes/checksum";
import type { Manifest, Metadata } from "../kubernetes/manifest";
import { daemonSet, hostFolder, RESTRICTED } from "../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { FalcoConfig } from "./falco-schema";
import { CUSTOM_RULES_FOLDER, hasCustomRules, POD_IP, RULES_FOLDER, WEB_PORT } from "./falco-yaml";
import { rotationSidecar } from "./rotation";

/** The ConfigMaps that the pods mount, in a fixed order. */
export interface FalcoConfigMaps {
  config: ConfigMapManifest;
  rules: ConfigMapManifest;
  customRules: ConfigMapManifest | undefined;
  rotation: ConfigMapManifest;
}

export type ConfigMapManifest = Extract<Manifest, { kind: "ConfigMap" }>;

export interface FalcoPods {
  metadata: Metadata;
  config: FalcoConfig;
  settings: WorkloadSettings;
  rotationImage: string;
  configMaps: FalcoConfigMaps;
  /** On the node and in the containers alike. */
  eventFile: string;
}

const CONFIG_FOLDER = "/etc/security-stack";
const EVENTS = "events";

export const SELECTOR = { "app.kubernetes.io/name": "falco" };

/** Falco on every node, with the sidecar that rotates its event file. */
export function falcoDaemonSet(pods: FalcoPods): Manifest {
  return daemonSet({
    metadata: pods.metadata,
    labels: SELECTOR,
    annotations: { "checksum/config": checksum(Object.values(pods.configMaps)) },
    spec: podSpec(pods),
  });
}

function podSpec(pods: FalcoPods): PodSpec {
  const { settings, config, rotationImage, eventFile, metadata } = pods;
  const { seLinuxType } = config.security;
  return {
    serviceAccountName: metadata.name,
    // Falco asks the container runtime for names, never the API server.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 15,
    ...scheduling(settings),
    // Neither hostPID nor hostNetwork: processes and connections come from the kernel probe and /host/proc.
    ...(seLinuxType ? { securityContext: { seLinuxOptions: { type: seLinuxType } } } : {}),
    containers: [
      falcoContainer(pods),
      rotationSidecar(config.rotation, rotationImage, eventFile, { events: EVENTS, script: "rotation" }),
    ],
    volumes: volumes(pods),
  };
}

function falcoContainer(pods: FalcoPods): Container {
  const { metadata, settings } = pods;
  return {
    name: metadata.name,
    image: settings.image,
    command: ["/usr/bin/falco"],
    args: ["-c", `${CONFIG_FOLDER}/falco.yaml`],
    env: [
      { name: "HOST_ROOT", value: "/host" },
      { name: POD_IP, valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "FALCO_HOSTNAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      // Its default is the file of cgroup v1.
      { name: "FALCO_CGROUP_MEM_PATH", value: "/sys/fs/cgroup/memory.current" },
    ],
    ports: [{ name: "web", containerPort: WEB_PORT, protocol: "TCP" }],
    resources: settings.resources,
    securityContext: securityContext(pods.config.security),
    // The times are those of Falco's own chart: opening the probe takes up to a minute on large nodes.
    startupProbe: probe({ initialDelaySeconds: 3, periodSeconds: 5, failureThreshold: 20 }),
    livenessProbe: probe({ periodSeconds: 15, failureThreshold: 3 }),
    readinessProbe: probe({ periodSeconds: 15, failureThreshold: 3 }),
    volumeMounts: volumeMounts(pods),
  };
}

function probe(times: Probe): Probe {
  return { httpGet: { path: "/healthz", port: "web" }, timeoutSeconds: 5, ...times };
}

const CAPABILITIES = ["BPF", "PERFMON", "SYS_RESOURCE", "SYS_PTRACE", "DAC_READ_SEARCH"];

/**
 * The least that the modern eBPF probe runs with (falcosecurity/charts: driver.modernEbpf.leastPrivileged), and
 * DAC_READ_SEARCH. The chart keeps the runtime's default capabilities, DAC_OVERRIDE among them; here they are dropped, and
 * without either /proc/PID/environ of another user's process can't be read, for which libs leaves the whole process out
 * (userspace/libscap/linux/scap_procs.c): a shell below an nginx that is older than Falco would have no parent, and "Run
 * shell untrusted" would not see it. As root with SYS_PTRACE Falco reads most of the node through /proc already.
 */
function securityContext(security: FalcoConfig["security"]): SecurityContext {
  return {
    ...RESTRICTED,
    // /proc of other users' processes and the runtime's socket are open to root only, and Kubernetes gives
    // added capabilities to root only.
    runAsUser: 0,
    capabilities: {
      drop: ["ALL"],
      add: [...new Set([...CAPABILITIES, ...security.extraCapabilities])],
    },
    seccompProfile: { type: security.seccompProfile },
    // The runtime's default AppArmor profile denies ptrace reads of processes outside of it, which takes
    // /proc/<pid>/exe and the like away (falcosecurity/charts: falco/templates/pod-template.tpl).
    appArmorProfile: { type: "Unconfined" },
  };
}

function volumes({ config, configMaps, eventFile }: FalcoPods): Volume[] {
  return [
    hostFolder(EVENTS, path.posix.dirname(eventFile)),
    { name: "proc", hostPath: { path: "/proc", type: "Directory" } },
    { name: "etc", hostPath: { path: "/etc", type: "Directory" } },
    { name: "sys-kernel", hostPath: { path: "/sys/kernel", type: "Directory" } },
    // With a type, what is not there stops the pod and says so; without one the kubelet would make a folder of that name
    // on the node.
    ...socketMounts(config.runtimeSockets).map(({ path, type }, index) => ({
      name: socketVolume(index),
      hostPath: { path, type },
    })),
    { name: "config", configMap: { name: configMaps.config.metadata.name } },
    { name: "rules", configMap: { name: configMaps.rules.metadata.name } },
    ...(configMaps.customRules
      ? [{ name: "custom-rules", configMap: { name: configMaps.customRules.metadata.name } }]
      : []),
    { name: "rotation", configMap: { name: configMaps.rotation.metadata.name } },
  ];
}

/**
 * The host's /boot, /usr and /lib/modules are not among them: only the driver loader reads those. /etc is
 * there for the names of users and groups; as files they would go stale when the host replaces them.
 */
function volumeMounts({ config, eventFile }: FalcoPods): VolumeMount[] {
  return [
    { name: EVENTS, mountPath: path.posix.dirname(eventFile) },
    { name: "proc", mountPath: "/host/proc", readOnly: true },
    { name: "etc", mountPath: "/host/etc", readOnly: true },
    { name: "sys-kernel", mountPath: "/sys/kernel", readOnly: true },
    ...socketMounts(config.runtimeSockets).map(({ path }, index) => ({
      name: socketVolume(index),
      mountPath: `/host${path}`,
      readOnly: true,
    })),
    { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
    { name: "rules", mountPath: RULES_FOLDER, readOnly: true },
    ...(hasCustomRules(config)
      ? [{ name: "custom-rules", mountPath: CUSTOM_RULES_FOLDER, readOnly: true }]
      : []),
  ];
}

/** Folders that hold the sockets of many programs: none of them is mounted whole. */
const SHARED_FOLDERS = ["/", "/run", "/var", "/var/run", "/tmp"];

/**
 * What is mounted of the node for the runtime's sockets: their folders. A socket that is mounted as a file keeps its
 * inode, and after the runtime's restart nothing answers behind it (falcosecurity/charts#1052). Read-only keeps from
 * making and removing files, not from connecting.
 */
export function socketMounts(sockets: readonly string[]): SocketMount[] {
  const mounts = new Map(sockets.map(socketMount).map((mount) => [mount.path, mount]));
  return [...mounts.values()];
}

export interface SocketMount {
  path: string;
  type: "Directory" | "Socket";
}

function socketMount(socket: string): SocketMount {
  const folder = path.posix.dirname(socket);
  return SHARED_FOLDERS.includes(folder)
    ? { path: socket, type: "Socket" }
    : { path: folder, type: "Directory" };
}

function socketVolume(index: number): string {
  return `runtime-socket-${index}`;
}
