import {
  bySeverity,
  count,
  type Dashboard,
  LAST_SEEN,
  overTime,
  type Panel,
  type Split,
  terms,
  unique,
} from "../documents/panel";
import { REFUSALS } from "./drop-reasons";

const packets = count("packets");
const REASON = terms("cilium.drop_reason", "Reason");
const OUTSIDE = { field: "network.direction", is: "egress" };

function panel(title: string, width: number, chart: Panel["chart"], filter: Panel["filter"] = []): Panel {
  return { title, width, dataView: "network", filter, chart };
}

/** Who wanted to talk to whom. */
function talks(to: Split): Panel["chart"] {
  return {
    kind: "table",
    rows: [terms("cilium.source.workload", "From", 20), to, terms("destination.port", "Port", 10)],
    metrics: [count("Packets"), LAST_SEEN],
  };
}

/** What the network of pods did not let through: why, from whom, where to. */
export const DROPPED_TRAFFIC: Dashboard = {
  order: 27,
  id: "security-dropped-traffic",
  title: "Security: dropped traffic",
  description: "What the network of pods did not let through: why, from whom and where to.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        panel("Dropped packets", 12, { kind: "metric", metric: packets }),
        panel("Refused by a decision", 12, { kind: "metric", metric: packets, color: "#e8a33d" }, [
          { field: "cilium.drop_reason", is: REFUSALS },
        ]),
        panel("Sent in clear", 12, { kind: "metric", metric: packets, color: "#e0533d" }, [
          { field: "cilium.drop_reason", is: "UNENCRYPTED_TRAFFIC" },
        ]),
        panel("Pods", 12, { kind: "metric", metric: unique("kubernetes.pod.name", "pods") }),
      ],
    },
    {
      height: 12,
      panels: [
        panel("Dropped packets over time, by reason", 48, {
          kind: "timeline",
          by: overTime(),
          stack: REASON,
          metric: packets,
        }),
      ],
    },
    {
      height: 14,
      panels: [
        panel("By reason", 16, { kind: "bars", by: REASON, stack: bySeverity, metric: packets }),
        panel("By namespace", 16, {
          kind: "bars",
          by: terms("kubernetes.namespace", "Namespace"),
          stack: REASON,
          metric: packets,
        }),
        panel("By policy that denies", 16, {
          kind: "bars",
          by: terms("rule.name", "Policy"),
          stack: bySeverity,
          metric: packets,
        }),
      ],
    },
    {
      height: 16,
      panels: [
        panel("Between pods", 24, talks(terms("cilium.destination.workload", "To", 20))),
        panel("Outward, by host", 24, talks(terms("destination.ip", "Address", 20)), [OUTSIDE]),
      ],
    },
  ],
};
