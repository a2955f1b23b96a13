import type { BetweenNodes } from "../core/contract/doctor-facts";
import { APP_LABEL, NAME, PORTS } from "./cilium-names";

interface Choices {
  mode?: string;
  encryption?: { type?: string };
}

/**
 * Each agent probes a pod of every node's agent, each minute or less often, over the way that pods' traffic takes, WireGuard's
 * where that is on (cilium/cilium v1.20.2, pkg/health; Documentation/observability/metrics.rst).
 */
const PROBES = /^cilium_node_health_connectivity_status\{([^}]*)\} (\d+(?:\.\d+)?)$/gm;

/** The way from node to node that encryption or the tunnel needs. */
export const NODE_PROBES: BetweenNodes = {
  agents: `${APP_LABEL}=${NAME}`,
  metricsPort: PORTS.agentMetrics,
  wanted: (config) => {
    const { mode, encryption } = (config ?? {}) as Choices;
    if (encryption?.type === "wireguard") return `UDP ${PORTS.wireguard} (WireGuard)`;
    return mode === "overlay" ? `UDP ${PORTS.vxlan} (VXLAN)` : undefined;
  },
  notReached: (metrics) => {
    const counts = [...metrics.matchAll(PROBES)].filter(([, labels = ""]) =>
      labels.includes('type="endpoint"'),
    );
    const of = (status: string) =>
      counts
        .filter(([, labels = ""]) => labels.includes(`status="${status}"`))
        .reduce((sum, [, , count]) => sum + Number(count), 0);
    if (of("unreachable") > 0) return of("unreachable");
    // Nothing is known of a node that was not probed yet.
    return counts.length === 0 || of("unknown") > 0 ? undefined : 0;
  },
  fix: `Open it between all nodes, with ICMP and TCP ${PORTS.health} for the probes themselves; \`cilium-dbg encrypt status\` in the agent's pod lists the peers, \`cilium-health status\` which nodes it does not reach.`,
};
