import { type AlertPod, PODS_ANNOTATION } from "../../documents/alert-pods";
import { SEVERITY_NAMES, type Severity } from "../../documents/severities";

import { clean } from "./clean";
import type { Firing } from "./firing";
import { dashboardLink } from "./link";

/** An alert as Alertmanager's API takes it (prometheus/alertmanager, api/v2/openapi.yaml: postableAlert). */
export interface PostableAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL?: string;
}

export interface MessageSettings {
  clusterName: string;
  kibanaUrl: string | undefined;
}

/** Names of labels for fields; others are named as their field. */
const LABELS: Readonly<Record<string, string>> = {
  "rule.name": "rule",
  "host.name": "host",
  "labels.security_tool": "tool",
  "kubernetes.namespace": "namespace",
  "workload.name": "workload",
  "threat.technique.id": "technique",
};

const LABEL_CHARACTERS = 200;

/**
 * Alerts of what was found: of pods of one workload one. The labels tell an alert from others, and hold nothing that
 * changes from pass to pass.
 *
 * They start when they are posted, and Alertmanager keeps the first start that it was told. With the time of the event
 * the alerts of one message could be sent apart: it sends a group at once when an alert that is older than the group's
 * wait comes, with those that came so far (prometheus/alertmanager 0.34.1, dispatch/dispatch.go).
 */
export function alertsOf(found: readonly Firing[], settings: MessageSettings, now: number): PostableAlert[] {
  const merged = new Map<string, { labels: Record<string, string>; firing: Firing; pods: Pods }>();
  for (const firing of found) {
    const labels = labelsOf(firing, settings.clusterName);
    const key = JSON.stringify(Object.entries(labels).sort());
    const before = merged.get(key);
    const pods = before?.pods ?? new Map<string, AlertPod>();
    addPod(pods, firing);
    merged.set(key, { labels, pods, firing: before ? joined(before.firing, firing) : firing });
  }
  return [...merged.values()].map(({ labels, firing, pods }) =>
    postable(labels, firing, [...pods.values()], settings, now),
  );
}

/** By name and UID: a pod that was made anew has its name, as those of a StatefulSet do, and another UID. */
type Pods = Map<string, AlertPod>;

function addPod(pods: Pods, { group, last }: Firing): void {
  const { "kubernetes.pod.name": podName, "kubernetes.pod.uid": podUid } = group;
  if (!podName) return;
  const [name, uid] = [clean(podName, LABEL_CHARACTERS), clean(podUid, LABEL_CHARACTERS)];
  const key = `${name} ${uid}`;
  const seen = Math.max(last, Date.parse(pods.get(key)?.seen ?? "") || 0);
  pods.set(key, { name, uid, seen: new Date(seen).toISOString() });
}

function joined(a: Firing, b: Firing): Firing {
  const newer = b.last > a.last ? b : a;
  return {
    ...newer,
    count: a.count + b.count,
    first: Math.min(a.first, b.first),
    until: Math.max(a.until, b.until),
  };
}

function labelsOf({ rule, group }: Firing, clusterName: string): Record<string, string> {
  const {
    "event.severity": severity,
    "kubernetes.pod.name": pod,
    "kubernetes.pod.uid": _uid,
    ...fields
  } = group;
  const labels: Record<string, string> = {
    alertname: rule.id,
    severity: SEVERITY_NAMES[severityOf(severity) ?? rule.severity],
    cluster: clusterName,
  };
  for (const [field, value] of Object.entries(fields))
    if (value !== null) labels[LABELS[field] ?? field.replace(/\W/g, "_")] = clean(value, LABEL_CHARACTERS);
  if (pod !== null && pod !== undefined) labels["workload"] ??= workloadOf(clean(pod, LABEL_CHARACTERS));
  return labels;
}

function severityOf(value: unknown): Severity | undefined {
  return value === 1 || value === 2 || value === 3 || value === 4 || value === 5 ? value : undefined;
}

// What Kubernetes puts behind names (k8s.io/apimachinery, pkg/util/rand: its letters and digits).
const RANDOM = "[bcdfghjklmnpqrstvwxz2456789]";
const OF_REPLICA_SET = new RegExp(`-${RANDOM}{6,10}-${RANDOM}{5}$`);
const OF_CONTROLLER = new RegExp(`-${RANDOM}{5}$`);

/** The workload that a pod is of, by the pod's name; a pod that somebody named is one of its own. */
export function workloadOf(pod: string): string {
  if (OF_REPLICA_SET.test(pod)) return pod.replace(OF_REPLICA_SET, "");
  return pod.replace(OF_CONTROLLER, "").replace(/-\d+$/, "");
}

const SHOWN_PODS = 3;
/** The newest of an alert's pods that programs are told of. */
const TOLD_PODS = 20;

function postable(
  labels: Record<string, string>,
  firing: Firing,
  pods: AlertPod[],
  { kibanaUrl }: MessageSettings,
  now: number,
): PostableAlert {
  const { rule, first, last, until } = firing;
  return {
    labels,
    annotations: {
      summary: summary(labels, rule.name),
      description: description(labels, firing, [...new Set(pods.map(({ name }) => name))]),
      fix: rule.fix,
      first_seen: new Date(first).toISOString(),
      last_seen: new Date(last).toISOString(),
      ...(pods.length > 0 ? { [PODS_ANNOTATION]: JSON.stringify(newest(pods)) } : {}),
    },
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(until).toISOString(),
    ...(kibanaUrl ? { generatorURL: dashboardLink(kibanaUrl, firing) } : {}),
  };
}

function newest(pods: readonly AlertPod[]): AlertPod[] {
  return [...pods].sort((a, b) => (a.seen < b.seen ? 1 : -1)).slice(0, TOLD_PODS);
}

/** The same for all alerts of a message. */
function summary({ rule, namespace, workload, cluster }: Record<string, string>, name: string): string {
  const where = [namespace, workload].filter(Boolean).join("/");
  return [rule ?? name, ...(where ? [where] : []), cluster].join(" · ");
}

function description(
  labels: Record<string, string>,
  { rule, count, last, example }: Firing,
  pods: string[],
): string {
  const {
    host,
    tool,
    technique,
    alertname,
    severity,
    rule: _rule,
    namespace,
    workload,
    cluster,
    ...further
  } = labels;
  const where = [host, tool, technique, ...Object.values(further)].filter(Boolean).join(", ");
  const time = `${new Date(last).toISOString().slice(0, 19)}Z`;
  const what =
    rule.when.kind === "silence"
      ? `nothing since ${time}`
      : `${count} document${count === 1 ? "" : "s"}, the last ${time}`;
  const shown = pods.sort().slice(0, SHOWN_PODS);
  const more = pods.length > SHOWN_PODS ? ` and ${pods.length - SHOWN_PODS} more` : "";
  const inPods = pods.length > 0 ? `; ${pods.length === 1 ? "pod" : "pods"} ${shown.join(", ")}${more}` : "";
  const seen = clean(example["process.command_line"] ?? example["process.executable"]);
  return clean(`${where ? `${where}: ` : ""}${what}${inPods}${seen ? `; ${seen}` : ""}`, 600);
}
