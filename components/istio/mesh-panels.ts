import { type ContributedPanel, count, LAST_SEEN, overTime, type Panel, terms } from "../documents/panel";

const connections = count("connections");

function panel(
  slot: string,
  order: number,
  title: string,
  width: number,
  chart: Panel["chart"],
  filter: Panel["filter"] = [],
): ContributedPanel {
  const own: Panel = { title, width, dataView: "mesh", filter, chart };
  return { dashboard: "security-zero-trust", slot, order, panel: own };
}

/** What came in clear, from whom, and what failed on its way out. */
export const MESH_PANELS: readonly ContributedPanel[] = [
  panel(
    "figures",
    20,
    "In clear, refused or taken",
    12,
    { kind: "metric", metric: connections, color: "#e8a33d" },
    [{ field: "event.action", is: ["plaintext-seen", "plaintext-refused"] }],
  ),
  panel("traffic", 20, "Connections of the mesh over time, by what became of them", 24, {
    kind: "timeline",
    by: overTime(),
    stack: terms("event.action", "Outcome"),
    metric: connections,
  }),
  panel(
    "ways",
    20,
    "Who calls in clear",
    24,
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
