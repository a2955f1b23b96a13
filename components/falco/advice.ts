import { closest, distance } from "fastest-levenshtein";
import { ruleNames } from "./custom-rules";
import { socketMounts } from "./falco-daemonset";
import type { FalcoConfig } from "./falco-schema";
import { NOISY_RULES, STABLE_RULES } from "./noise";
import { LOWEST_OF_STACK_RULES, PRIORITIES, type Priority } from "./priorities";

/** What an administrator should know of this config: it is valid, and yet may not do what was meant. */
export function falcoWarnings(config: FalcoConfig, stackRules: Record<string, string>): string[] {
  return [
    ...unknownRules(config, stackRules),
    ...leftOutByPriority(config.priority),
    ...securityWarnings(config),
    ...(!config.metrics.enabled && config.metrics.namespaces.length > 0
      ? ["Falco's metrics.namespaces is ignored: metrics.enabled is off."]
      : []),
  ];
}

/** How to get back what is off by default. */
export function falcoNextSteps(config: FalcoConfig): string[] {
  return NOISY_RULES.filter(({ rule }) => !config.rules.enable.includes(rule)).map(
    ({ rule, instead }) =>
      `Falco's rule "${rule}" is off because it is noisy ("${instead}" is on); features[].config.rules.enable of falco switches it on.`,
  );
}

// Falco ignores a name that it does not know, and a typo would leave the rule as it was.
function unknownRules({ rules }: FalcoConfig, stackRules: Record<string, string>): string[] {
  const asked = [...rules.disable, ...rules.enable].filter((name) => !name.includes("*"));
  if (asked.length === 0) return [];
  const texts = [...Object.values(stackRules), ...Object.values(rules.custom)];
  const known = [...STABLE_RULES, ...texts.flatMap(ruleNames)];
  return asked
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        `Falco has no rule "${name}" in this stack${suggestion(name, known)}; Falco ignores the name.`,
    );
}

function suggestion(name: string, known: string[]): string {
  const best = closest(name, known);
  return distance(name, best) <= best.length / 3 ? `, did you mean "${best}"?` : "";
}

function leftOutByPriority(priority: Priority): string[] {
  if (PRIORITIES.indexOf(priority) >= PRIORITIES.indexOf(LOWEST_OF_STACK_RULES)) return [];
  return [
    `Falco's priority ${priority} leaves out all rules below it, shells in containers and contacts to the Kubernetes API (${LOWEST_OF_STACK_RULES}) among them.`,
  ];
}

function securityWarnings({ security, runtimeSockets }: FalcoConfig): string[] {
  const warnings: string[] = [];
  if (security.extraCapabilities.includes("SYS_ADMIN"))
    warnings.push("Falco runs with SYS_ADMIN, which is close to root on the node.");
  const alone = socketMounts(runtimeSockets).filter(({ type }) => type === "Socket");
  if (alone.length > 0)
    warnings.push(
      `Falco mounts ${alone.map((mount) => mount.path).join(", ")} as a file, since its folder holds the sockets of other programs: after a restart of the runtime restart Falco's pods, or new containers stay without names.`,
    );
  // containers/common: its profile ties bpf() to SYS_ADMIN (containers/common#1988).
  const crio = runtimeSockets.some((socket) => socket.includes("crio"));
  if (crio && security.seccompProfile === "RuntimeDefault")
    warnings.push(
      "CRI-O's default seccomp profile denies bpf() to CAP_BPF: Falco will not start unless security.seccompProfile is Unconfined.",
    );
  return warnings;
}
