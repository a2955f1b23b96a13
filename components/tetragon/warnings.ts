import { isRecord } from "../core/config/issues";
import { asList } from "./problems";
import type { TetragonConfig } from "./tetragon-schema";
import { HOOKS } from "./vocabulary";

/** What an administrator should know of this config. */
export function tetragonWarnings(config: TetragonConfig, protectedNamespaces: readonly string[]): string[] {
  return [...enforcing(config, protectedNamespaces), ...nothingToEnforce(config), ...exposed(config)];
}

function enforcing(
  { enforce, namespaces }: TetragonConfig,
  protectedNamespaces: readonly string[],
): string[] {
  return enforce.map((name) => {
    const where = namespaces[name]?.join(", ") ?? `all pods outside ${protectedNamespaces.join(", ")}`;
    return `Tetragon's policy ${name} kills the processes it sees, in ${where}.`;
  });
}

const ENFORCING_ACTIONS = ["Sigkill", "Signal", "Override", "NotifyEnforcer"];

function nothingToEnforce({ enforce, customPolicies }: TetragonConfig): string[] {
  return enforce
    .filter((name) => customPolicies[name] && !hasEnforcingAction(customPolicies[name]))
    .map(
      (name) =>
        `Tetragon's policy ${name} has no action that stops anything (${ENFORCING_ACTIONS.join(", ")}).`,
    );
}

function hasEnforcingAction(spec: Record<string, unknown>): boolean {
  const probes = HOOKS.flatMap((hook) => asList(spec[hook])).filter(isRecord);
  const selectors = probes.flatMap((probe) => asList(probe["selectors"])).filter(isRecord);
  const actions = selectors.flatMap((selector) => asList(selector["matchActions"])).filter(isRecord);
  return actions.some((action) => ENFORCING_ACTIONS.includes(String(action["action"])));
}

function exposed({ metrics }: TetragonConfig): string[] {
  return metrics.enabled && metrics.exposed
    ? ["Tetragon's metrics are open to everyone who reaches port 2112 of a node."]
    : [];
}
