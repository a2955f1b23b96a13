import type { Condition } from "../../documents/condition";

/** Documents that speak against what a feature is about to do: asked for before anything is written. */
export interface StoreLook {
  /** Name of the index. */
  index: string;
  filter: readonly Condition[];
  /** How far back it looks. */
  hours: number;
  /** Fields that tell one of what is found from another, each with a word before its value: "from namespace". */
  groupBy: readonly { field: string; label: string }[];
  /** Where in the stack config that is asked for which is refused, as `pulumi config set --path` has it. */
  path: string;
  /** What was found, before the list: "connections in clear within 24 hours". */
  found: string;
  allowed: string;
  fix: string;
  /** What is said where the store can't be asked: what nobody has looked at. */
  unasked: string;
}
