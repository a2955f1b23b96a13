import type { Severity } from "../documents/severities";
import type { Trusted } from "./trusted";

/**
 * A rule about one request to the API server, as data. All conditions that it has must hold. Text conditions are regular
 * expressions (RE2) over what the API server itself says of the request, but for `body`, which is over the JSON of what
 * the client sent, with sorted-out secrets (see scrub.ts).
 */
export interface AuditRule {
  /** `rule.name` of its documents. */
  name: string;
  severity: Severity;
  /** ATT&CK, v19. */
  techniques: readonly string[];
  when: AuditCondition;
}

export interface AuditCondition {
  verbs?: readonly string[];
  /** Resources, in the plural, with their subresource where they have one: `pods/exec`. */
  resources?: readonly string[];
  /** Any of them in what was sent. */
  body?: readonly string[];
  /** Not in what was sent. */
  notBody?: string;
  user?: string;
  notUser?: string;
  /** Nobody of these: the control plane itself. */
  except?: Trusted;
  /** Of a ServiceAccount: whether its token is bound to a pod, as those are that pods find in their files. */
  fromPod?: boolean;
  object?: string;
  namespace?: string;
  notNamespace?: string;
  uri?: string;
  notUri?: string;
  notAuditId?: string;
  impersonates?: true;
  /** An object was made: by POST, or by a server-side apply, which is a patch that is answered with 201. */
  creates?: true;
  /** Already when the request comes in; all other rules are about its answer. */
  received?: true;
  /** The request was answered with a status below 400. */
  succeeded?: true;
  /** The object was there before: see `creates`. */
  changes?: true;
}

/** A Sigma correlation of type `event_count` over documents of the audit log (sigmahq.io, "Sigma Correlations"). */
export interface AuditCount {
  name: string;
  title: string;
  severity: Severity;
  techniques: readonly string[];
  /** Of its techniques, by its id in ATT&CK. */
  tactic: string;
  type: "event_count";
  /** Values of a document's fields, any of those listed. */
  selection: Readonly<Record<string, readonly (string | number)[]>>;
  groupBy: readonly string[];
  timespanMinutes: number;
  atLeast: number;
  /** What the reader of the alert should do. */
  fix: string;
}

/**
 * Programs in pods and the cluster's own parts; what is left are people and programs outside of the cluster. A name is
 * enough here: who has one of these is seen by `service-account-outside-pod`, or is a pod.
 */
export const NO_PERSON =
  "^system:(serviceaccount:|node:|apiserver$|kube-controller-manager$|kube-scheduler$)";

/** What runs containers, with a pod or a template of one in it. */
export const WORKLOADS = [
  ...["pods", "replicationcontrollers", "daemonsets", "deployments", "statefulsets", "replicasets"],
  ...["jobs", "cronjobs"],
];

/** The same, and containers that are added to a pod that runs. */
export const CONTAINERS = [...WORKLOADS, "pods/ephemeralcontainers"];

/**
 * Pattern of a JSON patch (RFC 6902) that gives a field a value, whatever it is: of texts the node has removed what they
 * were, and a copy names only where it comes from. Keys are in the order in which the collector writes them.
 * @param fields A pattern over the end of the field's path.
 */
export function patched(fields: string): string {
  return `"op":"(add|replace|copy|move)","path":"[^"]*/(${fields})"`;
}

/**
 * Patterns of what gives a label a value that takes its protection away, or removes it; of a JSON patch what it sets is not known.
 * @param domain A pattern of what stands before the slash of its key.
 */
export function labelLost(domain: string, name: string, value: string): string[] {
  const key = `${domain}~1${name}`;
  return [`"${domain}/${name}":("${value}"|null)`, patched(key), `"op":"remove","path":"[^"]*/${key}"`];
}
