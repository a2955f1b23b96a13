import type { PolicyDefinition } from "../tracing-policy";
import { HANDS_ON_PROGRAMS } from "./programs";

/** Connections that shells and tools open from a container to addresses outside the cluster. */
export const suspiciousEgress: PolicyDefinition = {
  name: "suspicious-egress",
  scope: "pods",
  kprobes: ({ clusterCidrs }) => [
    {
      call: "tcp_connect",
      syscall: false,
      message: "Connection to an address outside the cluster by a shell or a tool",
      tags: ["mitre.T1071"],
      args: [{ index: 0, type: "sock" }],
      selectors: [
        {
          matchArgs: [
            { index: 0, operator: "NotDAddr", values: ["127.0.0.0/8", "::1/128", ...clusterCidrs] },
          ],
          matchBinaries: [{ operator: "In", values: [...HANDS_ON_PROGRAMS] }],
        },
      ],
    },
  ],
};
