import { isRecord } from "../core/config/issues";

export type PolicyPath = (string | number)[];

/** What is wrong in a policy, and where: the path below its `spec`. */
export interface PolicyProblem {
  path: PolicyPath;
  /** What is allowed there. */
  message: string;
}

export type Report = (path: PolicyPath, message: string) => void;

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Reports each key that is not known, and each value that should be a list and is none. */
export function checkKeys(
  value: Record<string, unknown>,
  known: readonly string[],
  lists: readonly string[],
  path: PolicyPath,
  report: Report,
): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) report([...path, key], `one of ${known.join(", ")}`);
    else if (lists.includes(key) && !Array.isArray(value[key])) report([...path, key], "a list");
  }
}

/** The entries of a list that are maps, with their paths; anything else among them is reported. */
export function entries(
  list: unknown,
  path: PolicyPath,
  report: Report,
): { value: Record<string, unknown>; path: PolicyPath }[] {
  return asList(list).flatMap((value, index) => {
    const here = [...path, index];
    if (isRecord(value)) return [{ value, path: here }];
    report(here, "a map");
    return [];
  });
}
