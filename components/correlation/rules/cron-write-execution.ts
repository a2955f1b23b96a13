import type { CorrelationRule } from "../../documents/correlation-rule";
import { POD } from "../all-keys";

/** What was left in a crontab of a container runs. */
export const cronWriteExecution: CorrelationRule = {
  name: "cron-write-execution",
  title: "Cron file written in a container, and run by its cron daemon",
  severity: 4,
  attack: [
    { tactic: "TA0003", technique: "T1053.003" },
    { tactic: "TA0002", technique: "T1053.003" },
  ],
  type: "temporal_ordered",
  steps: [{ signal: "cron-write" }, { signal: "cron-execution" }],
  groupBy: POD,
  timespanMinutes: 60,
  fix: "See what the cron daemon started. Replace the pod: its file system is not what its image has.",
  samples: {
    found: [
      {
        why: "written, and run a minute later",
        events: [
          [0, "cron-write"],
          [60, "cron-execution"],
        ],
      },
    ],
    notFound: [
      { why: "written and never run", events: [[0, "cron-write"]] },
      {
        why: "run in another pod",
        events: [
          [0, "cron-write"],
          [60, "cron-execution", { "kubernetes.pod.name": "another" }],
        ],
      },
    ],
  },
};
