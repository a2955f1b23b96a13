import { parse } from "yaml";

/** A rule of a rules file, as far as others than Falco look at it. */
export interface FileRule {
  name: string;
  priority: string | undefined;
  /** None where it has no list of them. */
  tags: readonly string[] | undefined;
}

/** The rules of a rules file that was found valid; its lists, macros and versions are left out. */
export function rulesIn(text: string): FileRule[] {
  const items = parse(text) as Record<string, unknown>[] | null;
  return (items ?? []).flatMap(({ rule, priority, tags }) =>
    typeof rule === "string"
      ? [
          {
            name: rule,
            priority: typeof priority === "string" ? priority : undefined,
            tags: Array.isArray(tags) ? tags.map(String) : undefined,
          },
        ]
      : [],
  );
}
