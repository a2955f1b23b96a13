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
  const kprobes = policy.kprobes(settings).map((kprobe) => withActions(kprobe, settings.rateLimit, enforce));
  return policy.scope === "pods" ? { podSelector: {}, kprobes } : { kprobes };
}

// Sigkill and not Override: that needs CONFIG_BPF_KPROBE_OVERRIDE, without which the policy would not load and
// nothing would be seen. The call may still have its effect; the process does not return from it.
function withActions(kprobe: Kprobe, rateLimit: string, enforce: boolean): Kprobe {
  const matchActions = [
    { action: "Post", rateLimit, rateLimitScope: "process" },
    ...(enforce ? [{ action: "Sigkill" }] : []),
  ];
  const selectors = kprobe.selectors ?? [{}];
  return { ...kprobe, selectors: selectors.map((selector) => ({ ...selector, matchActions })) };
}

/**
 * The custom resources for a spec. One that enforces is split in two that share no pod, so that nothing is
 * reported twice: the other pods, where it stops what it sees, and protected namespaces and hosts, where it
 * reports.
 */
export function policyObjects(
  name: string,
  specFor: (enforce: boolean) => TracingPolicySpec,
  { enforce, namespaces, protectedNamespaces }: PolicyDeployment,
): CustomObject[] {
  const specIn = (mode: boolean) => withMode(specFor(mode), mode);
  if (namespaces.length > 0)
    return namespaces.map((namespace) =>
      namespaced(name, namespace, specIn(enforce && !protectedNamespaces.includes(namespace))),
    );
  const spec = specIn(enforce);
  if (!enforce) return [clusterWide(name, spec)];
  const monitored = specFor(false);
  return [
    clusterWide(name, { ...withoutHosts(spec), podSelector: narrow(spec, "NotIn", protectedNamespaces) }),
    clusterWide(`${name}-protected`, {
      ...specIn(false),
      podSelector: narrow(monitored, "In", protectedNamespaces),
      ...(coversHosts(monitored) ? { hostSelector: {} } : {}),
    }),
  ];
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
