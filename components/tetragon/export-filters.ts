import type { Namespaces } from "../core/contract/namespaces";
import type { TetragonConfig } from "./tetragon-schema";

type Export = TetragonConfig["export"];

/** Starts and ends of processes, of which there are many; what a policy reports is never filtered here. */
const LIFECYCLE = ["PROCESS_EXEC", "PROCESS_EXIT"];

/**
 * Tetragon's filters are lines of JSON; the fields of a line are ANDed, the lines are ORed
 * (cilium/tetragon api/v1/tetragon/events.proto: Filter).
 */
export function exportAllowList({ events }: Export): string {
  return lines([{ event_set: events }]);
}

/**
 * runc as it enters a container: it starts itself as `/proc/self/exe init`, and where it runs from a copy, that starts
 * the copy. Each is known by what started it. A process of another name on a host that calls itself so takes root there,
 * and its parent is written.
 */
const RUNTIME_INIT = [
  { binary_regex: ["^/proc/self/exe$"], parent_binary_regex: ["^(/usr)?(/local)?/s?bin/runc$"] },
  {
    binary_regex: ["^/dev/fd/[0-9]+$"],
    parent_binary_regex: ["^/proc/self/exe$"],
    parent_arguments_regex: ["^init$"],
  },
].map((filter) => ({ namespace: [""], arguments_regex: ["^init$"], ...filter, event_set: LIFECYCLE }));

/**
 * The chart's default drops all host processes, kube-system and with them most of what an escape leaves
 * behind. Here only the everyday noise goes: probes, the stack's own pods, and the runtime's helpers on the
 * hosts.
 */
export function exportDenyList(config: Export, namespaces: Namespaces): string {
  const quiet = [...new Set([namespaces.privileged, namespaces.restricted, ...config.quietNamespaces])];
  return lines([
    // Of a probe and what it starts itself. What a policy sees of them stays: whoever can change a probe's script must
    // not be able to hide in it.
    { health_check: true, event_set: LIFECYCLE },
    { namespace: quiet, event_set: LIFECYCLE },
    ...(config.quietHostPrograms.length > 0
      ? // A process of a host has no pod, and so the empty namespace.
        [{ namespace: [""], binary_regex: config.quietHostPrograms, event_set: LIFECYCLE }, ...RUNTIME_INIT]
      : []),
  ]);
}

export function fieldFilters({ excludeFields }: Export): string {
  return excludeFields.length === 0 ? "" : lines([{ fields: excludeFields.join(","), action: "EXCLUDE" }]);
}

/** What is redacted never reaches the file: the arguments of a process can hold passwords. */
export function redactionFilters({ redact }: Export): string {
  return redact.length === 0 ? "" : lines([{ redact }]);
}

function lines(filters: object[]): string {
  return filters.map((filter) => JSON.stringify(filter)).join("\n");
}
