import { type ContributedPanel, count, LAST_SEEN, overTime, panelsFor, terms } from "../documents/panel";

const connections = count("connections");

const panel = panelsFor("security-zero-trust", "mesh");

/** What became of connections, and who calls in clear. */
export const MESH_PANELS: readonly ContributedPanel[] = [
  panel(
    { slot: "figures", order: 20, width: 12 },
    "In clear, refused or taken",
    { kind: "metric", metric: connections, color: "#e8a33d" },
    [{ field: "event.action", is: ["plaintext-seen", "plaintext-refused"] }],
  ),
  panel(
    { slot: "traffic", order: 20, width: 24 },
    "Connections of the mesh over time, by what became of them",
    {
      kind: "timeline",
      by: overTime(),
      stack: terms("event.action", "Outcome"),
      metric: connections,
    },
  ),
  panel(
    { slot: "ways", order: 20, width: 24 },
    "Who calls in clear",
    {
      kind: "table",
      rows: [
        terms("kubernetes.namespace", "To", 20),
        terms("destination.port", "Port", 10),
        terms("source.ip", "From", 20),
        terms("event.action", "Outcome"),
      ],
      metrics: [count("Connections"), LAST_SEEN],
    },
    [{ field: "event.action", is: ["plaintext-seen", "plaintext-refused"] }],
  ),
];
