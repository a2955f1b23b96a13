import { type ContributedPanel, count, LAST_SEEN, overTime, panelsFor, terms } from "../documents/panel";

const packets = count("packets");

const panel = panelsFor("security-zero-trust", "network");

/** What was dropped and why, and the hosts that pods wanted to reach. */
export const DROP_PANELS: readonly ContributedPanel[] = [
  panel({ slot: "figures", order: 10, width: 12 }, "Dropped packets", { kind: "metric", metric: packets }),
  panel({ slot: "traffic", order: 10, width: 24 }, "Dropped packets over time, by reason", {
    kind: "timeline",
    by: overTime(),
    stack: terms("cilium.drop_reason", "Reason"),
    metric: packets,
  }),
  panel(
    { slot: "ways", order: 10, width: 24 },
    "Dropped on the way out, by host",
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
