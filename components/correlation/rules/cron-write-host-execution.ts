import type { CorrelationRule } from "../../documents/correlation-rule";

const IN_A_POD = { field: "kubernetes.pod.name", exists: true } as const;

/** A container writes to a crontab, and the node's own cron daemon runs something: a mounted folder is the way out. */
export const cronWriteHostExecution: CorrelationRule = {
  name: "cron-write-host-execution",
  title: "Cron file written in a container, then the node's cron daemon starts a program",
  severity: 5,
  attack: [
    { tactic: "TA0003", technique: "T1053.003" },
    { tactic: "TA0004", technique: "T1611" },
  ],
  type: "temporal_ordered",
  steps: [
    { signal: "cron-write", where: [IN_A_POD] },
    { signal: "cron-execution", where: [{ not: IN_A_POD }] },
  ],
  groupBy: ["host.name"],
  timespanMinutes: 5,
  fix: "Has the pod a folder of the node mounted? If so, compare the node's crontabs, and take the node out of service.",
  samples: {
    found: [
      {
        why: "the node runs a job a minute after a pod wrote one",
        events: [
          [0, "cron-write"],
          [60, "cron-execution"],
        ],
      },
    ],
    notFound: [
      {
        why: "on another node",
        events: [
          [0, "cron-write"],
          [60, "cron-execution", { "host.name": "node-2" }],
        ],
      },
      {
        why: "after the timespan",
        events: [
          [0, "cron-write"],
          [301, "cron-execution"],
        ],
      },
    ],
  },
};
