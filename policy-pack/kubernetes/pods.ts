import type { KubernetesObject } from "./object";
import { isCustom } from "./object";
import type { Pods } from "./pod-templates";
import { podsByShape } from "./pods-by-shape";
import { at, listAt, mapAt, type Path, textAt, textMapAt } from "./read";

export interface Container {
  name: string;
  /** "container falco", for messages. */
  where: string;
  value: unknown;
  role: "main" | "init" | "sidecar" | "ephemeral";
}

interface Workload {
  groups: readonly string[];
  template: Path;
  longRunning: boolean;
}

const TEMPLATE: Path = ["spec", "template"];

// The kinds of Kubernetes that make pods, and where they keep the template.
const WORKLOADS: Readonly<Record<string, Workload>> = {
  CronJob: { groups: ["batch"], template: ["spec", "jobTemplate", "spec", "template"], longRunning: false },
  DaemonSet: { groups: ["apps", "extensions"], template: TEMPLATE, longRunning: true },
  Deployment: { groups: ["apps", "extensions"], template: TEMPLATE, longRunning: true },
  Job: { groups: ["batch"], template: TEMPLATE, longRunning: false },
  Pod: { groups: [""], template: [], longRunning: true },
  PodTemplate: { groups: [""], template: ["template"], longRunning: false },
  ReplicaSet: { groups: ["apps", "extensions"], template: TEMPLATE, longRunning: true },
  ReplicationController: { groups: [""], template: TEMPLATE, longRunning: true },
  StatefulSet: { groups: ["apps"], template: TEMPLATE, longRunning: true },
};

function workloadOf(object: KubernetesObject): Workload | undefined {
  const workload = WORKLOADS[object.kind];
  return workload?.groups.includes(object.group) ? workload : undefined;
}

/** True for a kind of Kubernetes itself that makes pods. */
export function isWorkload(object: KubernetesObject): boolean {
  return workloadOf(object) !== undefined;
}

/** All pods that an object makes, in every place of it. */
export function podsOf(object: KubernetesObject): Pods[] {
  const workload = workloadOf(object);
  if (workload) return [podsOfWorkload(object, workload)];
  return isCustom(object) ? podsByShape(object) : [];
}

function podsOfWorkload(owner: KubernetesObject, { template, longRunning }: Workload): Pods {
  const perNode = owner.kind === "DaemonSet";
  return {
    owner,
    labels: textMapAt(owner.props, ...template, "metadata", "labels"),
    annotations: textMapAt(owner.props, ...template, "metadata", "annotations"),
    spec: at(owner.props, ...template, "spec"),
    placement: perNode ? "node" : replicas(at(owner.props, "spec", "replicas")),
    longRunning,
    partial: false,
    where: "",
  };
}

function replicas(value: unknown): number {
  const count = Number(value ?? 1);
  return Number.isFinite(count) && count >= 0 ? count : 1;
}

/** The containers of pods, in all lists that Kubernetes has for them. */
export function containersOf(pods: Pods): Container[] {
  return [
    ...containersIn(pods, "initContainers", "init"),
    ...containersIn(pods, "containers", "main"),
    ...containersIn(pods, "ephemeralContainers", "ephemeral"),
  ];
}

const TITLES = {
  main: "container",
  init: "init container",
  sidecar: "sidecar",
  ephemeral: "ephemeral container",
};

function containersIn(pods: Pods, list: string, role: "main" | "init" | "ephemeral"): Container[] {
  return listAt(pods.spec, list).map((value, index) => {
    const sidecar = role === "init" && textAt(value, "restartPolicy") === "Always";
    const name = textAt(value, "name") ?? `[${index}]`;
    const place = [pods.where, `${TITLES[sidecar ? "sidecar" : role]} ${name}`].filter(Boolean).join(", ");
    return { name, where: place, value, role: sidecar ? "sidecar" : role };
  });
}

/** A field of the container's security context, else of the pod's, as the kubelet reads them. */
export function securitySetting(pods: Pods, container: Container, field: string): unknown {
  return at(container.value, "securityContext", field) ?? at(pods.spec, "securityContext", field);
}

export function isPrivileged(container: Container): boolean {
  return at(container.value, "securityContext", "privileged") === true;
}

/** Environment variables with their literal values, by name. */
export function environmentOf(container: Container): { name: string; value: string | undefined }[] {
  return listAt(container.value, "env").map((entry) => ({
    name: textAt(entry, "name") ?? "",
    value: textAt(entry, "value"),
  }));
}

/** Names of the volumes that a container mounts, with how. */
export function mountsOf(container: Container): { volume: string; path: string; readOnly: boolean }[] {
  return listAt(container.value, "volumeMounts").map((mount) => ({
    volume: textAt(mount, "name") ?? "",
    path: textAt(mount, "mountPath") ?? "",
    readOnly: at(mount, "readOnly") === true,
  }));
}

/** Volumes of the pods: each a map with its name and one source. */
export function volumesOf(pods: Pods): Record<string, unknown>[] {
  return listAt(pods.spec, "volumes").map((volume) => mapAt(volume));
}

/**
 * True for pods that run on Windows only: the API server refuses them the fields of Linux' security contexts where
 * `os` says so, and the kubelet heeds none of them there.
 */
export function isWindows(pods: Pods): boolean {
  const os = textAt(pods.spec, "os", "name") ?? textAt(pods.spec, "nodeSelector", "kubernetes.io/os");
  return os === "windows";
}

/** A field of windowsOptions, of which the container's and the pod's are joined field by field. */
export function windowsSetting(pods: Pods, container: Container, field: string): unknown {
  return (
    at(container.value, "securityContext", "windowsOptions", field) ??
    at(pods.spec, "securityContext", "windowsOptions", field)
  );
}
