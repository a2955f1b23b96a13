import { type ContributedPanel, count, LAST_SEEN, overTime, type Panel, terms } from "../documents/panel";

const packets = count("packets");

function panel(
  slot: string,
  order: number,
  title: string,
  width: number,
  chart: Panel["chart"],
  filter: Panel["filter"] = [],
): ContributedPanel {
  const own: Panel = { title, width, dataView: "network", filter, chart };
  return { dashboard: "security-zero-trust", slot, order, panel: own };
}

/** What was dropped and why, and the hosts that pods wanted to reach. */
export const DROP_PANELS: readonly ContributedPanel[] = [
  panel("figures", 10, "Dropped packets", 12, { kind: "metric", metric: packets }),
  panel("traffic", 10, "Dropped packets over time, by reason", 24, {
    kind: "timeline",
    by: overTime(),
    stack: terms("cilium.drop_reason", "Reason"),
    metric: packets,
  }),
  panel(
    "ways",
    10,
    "Dropped on the way out, by host",
    24,
    {
      kind: "table",
      rows: [
        terms("destination.domain", "Host", 20),
        terms("destination.port", "Port", 10),
        terms("kubernetes.namespace", "From", 20),
      ],
      metrics: [count("Packets"), LAST_SEEN],
    },
    [{ field: "network.direction", is: "egress" }],
  ),
];
