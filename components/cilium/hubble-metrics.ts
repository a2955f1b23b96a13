/**
 * Hubble's metrics as its agents take them: `<name>[:<option>[=<value>]][;<option>...]`. Names and options:
 * cilium/cilium v1.20.2, pkg/hubble/metrics; Documentation/observability/metrics.rst.
 */

/** How many time series a metric has for each combination of its labels, at the least. */
const SERIES = {
  dns: 3,
  drop: 1,
  flow: 1,
  "flows-to-world": 1,
  // A counter, and a histogram of 12 buckets with its sum and count.
  httpV2: 15,
  icmp: 1,
  policy: 1,
  "port-distribution": 1,
  sctp: 1,
  tcp: 1,
} as const;

/** Options of a metric beside the context, which all have. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  dns: ["query", "ignoreAAAA"],
  "flows-to-world": ["any-drop", "port", "syn-only"],
  httpV2: ["exemplars"],
};

const CONTEXT_OPTIONS = ["source", "destination"].flatMap((side) =>
  ["Context", "EgressContext", "IngressContext"].map((kind) => `${side}${kind}`),
);

/** What a `sourceContext` or `destinationContext` may be, as the label that it makes of it. */
const CONTEXTS: Readonly<Record<string, string | undefined>> = {
  app: "app",
  dns: "dns",
  identity: "identity",
  ip: "ip",
  namespace: "namespace",
  pod: "pod",
  "pod-name": "pod",
  "reserved-identity": "identity",
  workload: "workload",
  "workload-name": "workload",
};

/** Labels of `labelsContext`. */
export const METRIC_LABELS = [
  ...["source", "destination"].flatMap((side) =>
    ["ip", "pod", "namespace", "workload", "workload_kind", "app"].map((label) => `${side}_${label}`),
  ),
  "traffic_direction",
] as const;

/** Without one for each pod or address: as many as there are namespaces and workloads. */
export const FEW_SERIES: string[] = METRIC_LABELS.filter((label) => !/_(ip|pod)$/.test(label));

/** As many as there are pods, addresses or names outside. */
const MANY_SERIES = /_(ip|pod|dns|identity)$/;

export interface HubbleMetric {
  name: string;
  /** All labels beyond the metric's own, as `labelsContext` calls them. */
  labels: string[];
}

/** Reads a metric. Gives a sentence with what it may be instead where it is none. */
export function parseMetric(text: string): HubbleMetric | string {
  const [name = "", ...rest] = text.split(":");
  if (name === "http") return `"httpV2": \`http\` is deprecated, and Hubble takes one of the two only`;
  if (!Object.hasOwn(SERIES, name)) return `a metric of Hubble: ${Object.keys(SERIES).join(", ")}`;
  const labels: string[] = [];
  const options = rest
    .join(":")
    .split(";")
    .filter((option) => option !== "");
  for (const option of options) {
    const found = labelsOf(name, option);
    if (typeof found === "string") return found;
    labels.push(...found);
  }
  return { name, labels: [...new Set(labels)] };
}

function labelsOf(metric: string, option: string): string[] | string {
  const [key = "", value = ""] = option.split("=");
  if (OWN_OPTIONS[metric]?.includes(key)) return [];
  if (key === "labelsContext") return listed(value.split(","));
  if (CONTEXT_OPTIONS.includes(key)) return ofContext(key, value.split("|"));
  const known = [...(OWN_OPTIONS[metric] ?? []), "labelsContext", ...CONTEXT_OPTIONS];
  return `an option of ${metric}: ${known.join(", ")}`;
}

function listed(labels: readonly string[]): string[] | string {
  const known: readonly string[] = METRIC_LABELS;
  if (labels.every((label) => known.includes(label))) return [...labels];
  return `labels of labelsContext: ${known.join(", ")}`;
}

function ofContext(key: string, contexts: readonly string[]): string[] | string {
  const side = key.startsWith("source") ? "source" : "destination";
  const found = contexts.map((context) => CONTEXTS[context]);
  if (found.includes(undefined))
    return `for ${key} one or more of ${Object.keys(CONTEXTS).join(", ")}, with "|" between them`;
  return found.map((label) => `${side}_${label}`);
}

/** How many time series each pod, address or name outside adds at the least, and by which metrics; 0 where none. */
export function seriesPerPod(metrics: readonly string[]): { series: number; by: string[] } {
  const many = metrics.flatMap((text) => {
    const metric = parseMetric(text);
    return typeof metric === "string" || !metric.labels.some((label) => MANY_SERIES.test(label))
      ? []
      : [metric.name];
  });
  const counts: Readonly<Record<string, number>> = SERIES;
  return { series: many.reduce((sum, name) => sum + (counts[name] ?? 0), 0), by: many };
}
