import { patternSource } from "../../components/core/config/pattern";

/** What a run is about to act on, as the kubeconfig names it. */
export interface Target {
  context: string;
  cluster: string;
  server: string;
}

export interface Guard {
  /** Why not, under any circumstances. */
  refused?: string;
  /** What has to be confirmed. */
  question?: string;
}

const PRODUCTION = /(^|[^a-z])(prod|production|prd|live)([^a-z]|$)/i;

/**
 * Whether scenarios may run on a target. A name on the list of protected ones (`*` stands for any characters) is
 * refused, whatever is answered; one that sounds like production is asked about.
 */
export function guard(target: Target, isProtected: readonly string[]): Guard {
  const names = [target.context, target.cluster, target.server];
  const pattern = isProtected.find((text) => names.some((name) => matches(name, text)));
  if (pattern) return { refused: `${target.context} is protected by "${pattern}"` };
  const production = names.find((name) => PRODUCTION.test(name));
  if (production === undefined) return {};
  return {
    question: `"${production}" sounds like production. Attack it? Type the name of the context to go on`,
  };
}

/** Namespaces in which no scenario may ever act, wherever its pods are said to be. */
export function isProtectedNamespace(namespace: string): boolean {
  return (
    /^(kube-.*|default|.*-system|security-.*|elastic.*|istio.*|gatekeeper.*)$/.test(namespace) ||
    PRODUCTION.test(namespace)
  );
}

function matches(name: string, pattern: string): boolean {
  return new RegExp(`^${patternSource(pattern)}$`, "i").test(name);
}
