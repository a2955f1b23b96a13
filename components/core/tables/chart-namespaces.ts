/** Namespaces that hold a chart's own pods and nothing else. What the admission rules ask of users' pods they do not ask of these. */
export const CHART_NAMESPACES = { gatekeeper: "gatekeeper-system" } as const;
