import type { CorrelationRule } from "../../documents/correlation-rule";

/** What leads out of a container, and then a shell on its node: by the node, since the two have no pod in common. */
export const escapeHostProcess: CorrelationRule = {
  name: "escape-host-process",
  title: "Escape from a container, then a shell on its node",
  severity: 5,
  attack: [
    { tactic: "TA0004", technique: "T1611" },
    { tactic: "TA0002", technique: "T1059" },
  ],
  type: "temporal_ordered",
  steps: [{ signal: "container-escape" }, { signal: "host-process" }],
  groupBy: ["host.name"],
  timespanMinutes: 2,
  fix: "Take the node out of service: whoever is on it has the credentials of all of its pods.",
  samples: {
    found: [
      {
        why: "the shell comes after the escape",
        events: [
          [0, "container-escape"],
          [20, "host-process"],
        ],
      },
    ],
    notFound: [
      {
        why: "a shell on another node",
        events: [
          [0, "container-escape"],
          [20, "host-process", { "host.name": "node-2" }],
        ],
      },
      {
        why: "the shell was there before",
        events: [
          [0, "host-process"],
          [20, "container-escape"],
        ],
      },
    ],
  },
};
