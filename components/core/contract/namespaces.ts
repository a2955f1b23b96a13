import type { Global } from "../config/envelope-schema";

/** The stack's own namespaces, by what their Pod Security level lets run there. */
export interface Namespaces {
  /** "privileged": the agents on the nodes, which need host paths and capabilities. */
  privileged: string;
  /** "restricted": everything else of ours. */
  restricted: string;
}

export function namespacesOf({ namespace, restrictedNamespace }: Global): Namespaces {
  return { privileged: namespace, restricted: restrictedNamespace };
}

/** Levels of the Pod Security Standards. */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/** A namespace that a feature brings beside the stack's own two. */
export interface FeatureNamespace {
  name: string;
  podSecurity: PodSecurityLevel;
  labels?: Readonly<Record<string, string>>;
  /** Its pods are not the stack's: what judges users' pods looks there too. */
  holdsUsersPods?: boolean;
}
