import { accessLogCollector } from "../../../components/istio/access-log-collector";
import { objectOf, podSource } from "./pod-lines";

interface Connection {
  "src.workload"?: string;
  "dst.workload"?: string;
  "src.identity"?: string;
  direction: "inbound" | "outbound";
  error?: string;
}

const line = (scope: string, more: object) =>
  `2026-11-30T10:16:00.000000001Z stdout F ${JSON.stringify({ level: "info", time: "2026-11-30T10:16:00.000000Z", scope, ...more })}`;

/** Each of ztunnel's connections that matter, and lines of its log that are not among what is stored. */
export const ISTIO = {
  ...podSource(accessLogCollector, "mesh", (text) => {
    const { direction, error, "src.identity": identity } = objectOf<Connection>(text);
    return `${direction}, ${identity ? "identity" : "no identity"}, ${error ?? "no error"}`;
  }),
  notKept: [
    { line: line("ztunnel::readiness", { message: "Task 'proxy' complete, marking server ready" }) },
    { line: line("access", { message: "connection complete", direction: "outbound", bytes_sent: 1 }) },
    {
      line: line("access", {
        ...{ message: "connection complete", direction: "inbound", bytes_sent: 1 },
        "src.identity": "spiffe://cluster.local/ns/shop/sa/cart",
      }),
    },
  ],
};

/** ztunnel calls pods workloads: of what leaves one the pod that sends, else the one that would have got it. */
export function meshPodOf(text: string): string | undefined {
  const connection = objectOf<Connection>(text);
  return connection[connection.direction === "outbound" ? "src.workload" : "dst.workload"];
}
