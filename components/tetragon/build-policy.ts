import type { CustomObject } from "../kubernetes/manifest";
import type {
  Kprobe,
  LabelSelector,
  PolicyDefinition,
  PolicySettings,
  TracingPolicySpec,
} from "./tracing-policy";

const API_VERSION = "cilium.io/v1alpha1";

/** The label that Tetragon gives every pod for its namespace (cilium/tetragon pkg/labels/labels.go). */
const NAMESPACE_LABEL = "k8s:io.kubernetes.pod.namespace";

/** How a policy is deployed. */
export interface PolicyDeployment {
  /** Whether it stops what it sees, instead of reporting it. */
  enforce: boolean;
  /** One TracingPolicyNamespaced in each of them; none for a policy of the whole cluster. */
  namespaces: readonly string[];
  /** Where nothing is ever stopped; the hosts are among it. */
  protectedNamespaces: readonly string[];
  /** Programs of the stack's sensors that do what the policy looks for, and where they run. */
  sensors?: SensorPrograms;
}

export interface SensorPrograms {
  namespace: string;
  /** Paths in their containers. */
  programs: readonly string[];
}

/**
 * The spec of a policy of the stack: its hooks with the action on each match. Repeated events of a process
 * are reported once per `rateLimit`. The kill of `enforce` is there in that mode alone.
 */
export function policySpec(
  policy: PolicyDefinition,
  settings: PolicySettings & { rateLimit: string },
  enforce: boolean,
): TracingPolicySpec {
  const limit = { rateLimit: settings.rateLimit, rateLimitScope: policy.rateLimitScope ?? "process" };
  const kprobes = policy.kprobes(settings).map((kprobe) => withActions(kprobe, limit, enforce));
  return policy.scope === "pods" ? { podSelector: {}, kprobes } : { kprobes };
}

// Sigkill and not Override: that needs CONFIG_BPF_KPROBE_OVERRIDE, without which the policy would not load and
// nothing would be seen. The call may still have its effect; the process does not return from it.
function withActions(
  { everyMatch = false, ...kprobe }: Kprobe,
  limit: { rateLimit: string; rateLimitScope: string },
  enforce: boolean,
): Kprobe {
  const matchActions = [
    { action: "Post", ...(everyMatch ? {} : limit) },
    ...(enforce ? [{ action: "Sigkill" }] : []),
  ];
  const selectors = kprobe.selectors ?? [{}];
  return { ...kprobe, selectors: selectors.map((selector) => ({ ...selector, matchActions })) };
}

/**
 * The custom resources for a spec, of which no two share a pod, so that nothing is reported twice. One that enforces is
 * split in two: the other pods, where it stops what it sees, and protected namespaces and hosts, where it reports.
 * Where sensors of the stack do what it looks for, their namespace gets one of its own that leaves out their programs:
 * a path is easily taken elsewhere, but not in containers whose file system can't be written.
 */
export function policyObjects(
  name: string,
  specFor: (enforce: boolean) => TracingPolicySpec,
  deployment: PolicyDeployment,
): CustomObject[] {
  const { enforce, namespaces, protectedNamespaces } = deployment;
  const specIn = (mode: boolean) => withMode(specFor(mode), mode);
  if (namespaces.length > 0)
    return namespaces.map((namespace) =>
      namespaced(name, namespace, specIn(enforce && !protectedNamespaces.includes(namespace))),
    );
  const sensors = sensorsOf(deployment);
  const own = sensors.map(({ namespace, programs }) =>
    clusterWide(`${name}-sensors`, {
      ...withoutPrograms(withoutHosts(specIn(false)), programs),
      podSelector: narrow(specFor(false), "In", [namespace]),
    }),
  );
  const watched = sensors.map(({ namespace }) => namespace);
  if (!enforce) {
    const spec = specIn(false);
    const rest = watched.length > 0 ? { ...spec, podSelector: narrow(spec, "NotIn", watched) } : spec;
    return [clusterWide(name, rest), ...own];
  }
  const spec = specIn(true);
  const monitored = specFor(false);
  const others = protectedNamespaces.filter((namespace) => !watched.includes(namespace));
  return [
    clusterWide(name, { ...withoutHosts(spec), podSelector: narrow(spec, "NotIn", protectedNamespaces) }),
    clusterWide(`${name}-protected`, {
      ...specIn(false),
      podSelector: narrow(monitored, "In", others),
      ...(coversHosts(monitored) ? { hostSelector: {} } : {}),
    }),
    ...own,
  ];
}

function sensorsOf({ sensors }: PolicyDeployment): SensorPrograms[] {
  return sensors && sensors.programs.length > 0 ? [sensors] : [];
}

/** What is seen of named programs already, or of parents, is of people's tools and not of sensors. */
function withoutPrograms(spec: TracingPolicySpec, programs: readonly string[]): TracingPolicySpec {
  const matchBinaries = [{ operator: "NotIn", values: [...programs] }];
  const kprobes = spec.kprobes?.map((kprobe) => ({
    ...kprobe,
    selectors: kprobe.selectors?.map((selector) => ({ matchBinaries, ...selector })),
  }));
  return { ...spec, kprobes };
}

function clusterWide(name: string, spec: TracingPolicySpec): CustomObject {
  return { apiVersion: API_VERSION, kind: "TracingPolicy", metadata: { name }, spec };
}

/** All pods of its namespace, narrowed by the pod selector if there is one; never the hosts. */
function namespaced(name: string, namespace: string, spec: TracingPolicySpec): CustomObject {
  return {
    apiVersion: API_VERSION,
    kind: "TracingPolicyNamespaced",
    metadata: { name, namespace },
    spec: withoutHosts(spec),
  };
}

function withMode(spec: TracingPolicySpec, enforce: boolean): TracingPolicySpec {
  const mode = { name: "policy-mode", value: enforce ? "enforce" : "monitor" };
  return { ...spec, options: [...(spec.options ?? []), mode] };
}

function withoutHosts({ hostSelector: _, ...spec }: TracingPolicySpec): TracingPolicySpec {
  return spec;
}

// A spec without any selector means all pods and all hosts.
function coversHosts(spec: TracingPolicySpec): boolean {
  const none = !spec.podSelector && !spec["containerSelector"] && !spec.hostSelector;
  return none || spec.hostSelector !== undefined;
}

function narrow(spec: TracingPolicySpec, operator: string, values: readonly string[]): LabelSelector {
  const expression = { key: NAMESPACE_LABEL, operator, values: [...values] };
  return {
    ...spec.podSelector,
    matchExpressions: [...(spec.podSelector?.matchExpressions ?? []), expression],
  };
}
