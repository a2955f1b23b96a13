import { KEPT_LABELS, QUARANTINE_LABEL } from "../marks";

/** What of a pod the responder reads. */
export interface Pod {
  metadata: {
    namespace: string;
    name: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
    deletionTimestamp?: string;
  };
  spec: { nodeName?: string; hostNetwork?: boolean };
}

/** The workload of a pod: of those that budgets are counted by. */
export interface Workload {
  kind: string;
  name: string;
  /** Of the controller; none for a pod of its own. */
  uid: string | undefined;
}

/** Who controls it; a Deployment is told by what its ReplicaSets are named (k8s.io/kubernetes, deployment/sync.go). */
export function workloadOf({ metadata }: Pod): Workload {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return { kind: "Pod", name: metadata.name, uid: undefined };
  const hash = metadata.labels?.["pod-template-hash"];
  if (owner.kind === "ReplicaSet" && hash && owner.name.endsWith(`-${hash}`))
    return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1), uid: owner.uid };
  return { kind: owner.kind, name: owner.name, uid: owner.uid };
}

/** Id of the action that has it in quarantine. */
export function quarantineOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.[QUARANTINE_LABEL];
}

/** Labels as one text, in the order of their keys. */
export function joinLabels(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(",");
}

/** The labels that a quarantined pod had. */
export function keptLabels({ metadata }: Pod): Record<string, string> {
  const text = metadata.annotations?.[KEPT_LABELS] ?? "";
  return Object.fromEntries(
    text
      .split(",")
      .filter(Boolean)
      .map((pair): [string, string] => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
}
