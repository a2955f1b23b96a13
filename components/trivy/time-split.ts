import type { Split } from "../documents/panel";

/** A span of time that ends where the one before it begins: "now-7d". */
interface Span {
  label: string;
  atLeast?: string;
  below?: string;
}

/** Findings by when something happened to them: Kibana has no time range for documents that are a state. */
export function byTime(label: string, field: string, spans: readonly Span[]): Split {
  return {
    by: "filters",
    label,
    groups: spans.map(({ label: name, ...bounds }) => ({ label: name, conditions: [{ field, ...bounds }] })),
  };
}
