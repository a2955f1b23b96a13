import type { Kprobe, PolicyDefinition, Selector } from "../tracing-policy";
import {
  COPIED_CLIENTS,
  HANDS_ON_PROGRAMS,
  HOME_FOLDERS,
  INTERPRETERS,
  SHELLS,
  WRITABLE_FOLDERS,
} from "./programs";

/** Who opens connections by hand: tools, their copies, programs that are no part of an image, scripts. */
const BY_HAND: Selector[] = [
  { matchBinaries: [{ operator: "In", values: [...HANDS_ON_PROGRAMS] }] },
  { matchBinaries: [{ operator: "Postfix", values: [...COPIED_CLIENTS] }] },
  {
    matchBinaries: [
      { operator: "Prefix", values: [...WRITABLE_FOLDERS, ...HOME_FOLDERS, "/memfd:", "memfd:"] },
    ],
  },
  // An interpreter is what many containers are there for; one that a shell starts, rarely.
  {
    matchBinaries: [{ operator: "Prefix", values: [...INTERPRETERS] }],
    matchParentBinaries: [{ operator: "In", values: [...SHELLS] }],
  },
];

/** Connections that shells and tools open from a container to addresses outside the cluster. */
export const suspiciousEgress: PolicyDefinition = {
  name: "suspicious-egress",
  scope: "pods",
  kprobes: ({ clusterCidrs }) => {
    const inside = ["127.0.0.0/8", "::1/128", ...clusterCidrs];
    return [
      egress(
        { call: "tcp_connect", args: [{ index: 0, type: "sock" }] },
        { index: 0, operator: "NotDAddr", values: inside },
      ),
      // UDP, where a socket is connected; of an address that is given here it is the address, by SAddr.
      ...["ip4_datagram_connect", "ip6_datagram_connect"].map((call) =>
        egress(
          { call, args: [{ index: 1, type: "sockaddr" }], ignore: { callNotFound: true } },
          { index: 1, operator: "NotSAddr", values: inside },
        ),
      ),
    ];
  },
};

function egress(
  hook: Pick<Kprobe, "call" | "args" | "ignore">,
  outside: { index: number; operator: string; values: string[] },
): Kprobe {
  return {
    ...hook,
    syscall: false,
    message: "Connection to an address outside the cluster by a shell or a tool",
    tags: ["mitre.T1071"],
    selectors: BY_HAND.map((who) => ({ matchArgs: [outside], ...who })),
  };
}
