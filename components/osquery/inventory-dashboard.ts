import type { Condition } from "../documents/condition";
import { count, type Dashboard, LAST_SEEN, type Panel, terms, unique } from "../documents/panel";

/**
 * Rows that are there now: every document of the inventory says until when its row is, unless it is seen again
 * (osquery-collector.ts). So what is left of a node that went, or of a query that runs no more, is not counted.
 */
const CURRENT: Condition = { field: "osquery.current_until", atLeast: "now" };

/** A panel about the rows of one query of the packs. */
function panel(title: string, width: number, query: string | undefined, chart: Panel["chart"]): Panel {
  const ofQuery: Condition[] = query ? [{ field: "osquery.query_name", is: query }] : [];
  return { title, width, dataView: "inventory", filter: [CURRENT, ...ofQuery], chart };
}

const NODES = unique("host.name", "nodes");

/** What there is to protect: nodes, kernels, open ports, containers. */
export const INVENTORY: Dashboard = {
  order: 40,
  id: "security-inventory-state",
  title: "Security: Inventory",
  description: "The current state of the nodes, as osquery sees it.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        // By the agents' own rows, which come most often.
        panel("Nodes", 12, "agent", { kind: "metric", metric: NODES }),
        panel("Running containers", 12, "containers", {
          kind: "metric",
          metric: unique("container.id", "containers"),
        }),
        panel("Open ports", 12, "listening_ports", {
          kind: "metric",
          metric: unique("network.port", "ports"),
        }),
        panel("Kernel modules", 12, "kernel_modules", {
          kind: "metric",
          metric: count("modules, node by node"),
        }),
      ],
    },
    {
      height: 12,
      panels: [
        panel("Kernels", 16, "kernel_info", {
          kind: "donut",
          by: terms("host.os.kernel", "Kernel"),
          metric: NODES,
        }),
        panel("Operating systems", 16, "os_version", {
          kind: "donut",
          by: terms("host.os.version", "Operating system"),
          metric: NODES,
        }),
        panel("Rows by query", 16, undefined, {
          kind: "bars",
          by: terms("osquery.query_name", "Query", 15),
          metric: count("rows"),
        }),
      ],
    },
    {
      height: 13,
      panels: [
        panel("Open ports by process", 24, "listening_ports", {
          kind: "table",
          rows: [terms("network.port", "Port", 50), terms("process.executable", "Process", 5)],
          metrics: [NODES, count("Sockets")],
        }),
        panel("Containers by node", 24, "containers", {
          kind: "table",
          rows: [terms("host.name", "Node", 50), terms("process.executable", "First process", 20)],
          metrics: [unique("container.id", "Containers")],
        }),
      ],
    },
    {
      height: 10,
      panels: [
        panel("Nodes and kernels", 48, "kernel_info", {
          kind: "table",
          rows: [terms("host.name", "Node", 100), terms("host.os.kernel", "Kernel", 3)],
          metrics: [LAST_SEEN],
        }),
      ],
    },
  ],
};
