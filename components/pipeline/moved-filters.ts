import { stringify } from "yaml";
import { isRecord } from "../core/config/issues";

/** Lists of the old key that are now one value of one entry each. */
const LISTS = { namespaces: "namespace", images: "image", rules: "rule" } as const;

/** What to write instead of `filters`, which was the pipeline's own key: an entry for each combination of its lists. */
export function movedFilters(value: unknown): string {
  const filters = Array.isArray(value) ? value.filter(isRecord) : [];
  const entries = filters.flatMap(entriesOf);
  const shown = entries.length > 0 ? entries : [asEntry({ tool: "<tool>", rule: "<rule>" })];
  return `write it to security-stack:exceptions, each entry with who answers for it and until when: ${stringify(shown, { collectionStyle: "flow", lineWidth: 0 }).trim()}`;
}

function entriesOf(filter: Record<string, unknown>): Record<string, unknown>[] {
  const rest = Object.entries(filter).filter(([key]) => !Object.keys(LISTS).includes(key));
  let entries = [asEntry(Object.fromEntries(rest))];
  for (const [list, key] of Object.entries(LISTS)) {
    const values = filter[list];
    if (!Array.isArray(values) || values.length === 0) continue;
    entries = values.flatMap((value) => entries.map((entry) => ({ ...entry, [key]: value })));
  }
  return entries;
}

function asEntry(matched: Record<string, unknown>): Record<string, unknown> {
  return { reason: "<why>", owner: "<who>", until: "<YYYY-MM-DD>", ...matched };
}
