import { field } from "./ottl";

/** How the gateway tells what one key of an exception names. */
export interface Matchable {
  /** OTTL value that is compared: a text, or of `labels` a map. */
  value: string;
  /** The value is a list, which has the text among its own. */
  isList?: boolean;
  /** OTTL condition that must hold too. */
  besides?: string;
}

/** What of an exception's keys a tool's documents have. */
export type MatchableFields = Readonly<
  Partial<
    Record<"namespace" | "labels" | "image" | "process" | "path" | "user" | "rule" | "technique", Matchable>
  >
>;

/** The fields of ECS, as documents about containers have them. */
export const MATCHABLE = {
  namespace: { value: field("kubernetes.namespace") },
  labels: { value: field("kubernetes.labels") },
  image: { value: field("container.image.name") },
  process: { value: field("process.executable") },
  user: { value: field("user.name") },
  rule: { value: field("rule.name") },
  technique: { value: field("threat.technique.id"), isList: true },
} satisfies MatchableFields;
