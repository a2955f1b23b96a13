import type { CorrelationRule } from "../../documents/correlation-rule";
import { POD } from "../all-keys";

/** The same with what comes next: it calls home. */
export const downloadExecuteConnect: CorrelationRule = {
  name: "download-execute-connect",
  title: "Program downloaded and started, then a connection out of the cluster",
  severity: 5,
  attack: [
    { tactic: "TA0011", technique: "T1105" },
    { tactic: "TA0002", technique: "T1204" },
    { tactic: "TA0011", technique: "T1071" },
  ],
  type: "temporal_ordered",
  steps: [{ signal: "download" }, { signal: "dropped-program" }, { signal: "outbound-connection" }],
  groupBy: POD,
  timespanMinutes: 5,
  fix: "Isolate the pod now: someone outside may be in command of it. The address is in the last event.",
  samples: {
    found: [
      {
        why: "fetched, started, connected",
        events: [
          [0, "download"],
          [3, "dropped-program"],
          [10, "outbound-connection"],
        ],
      },
    ],
    notFound: [
      {
        why: "the only connection is the download's own",
        events: [
          [0, "download"],
          [1, "outbound-connection"],
          [3, "dropped-program"],
        ],
      },
      {
        why: "the chain takes longer than the timespan, though no two of its steps do",
        events: [
          [0, "download"],
          [200, "dropped-program"],
          [400, "outbound-connection"],
        ],
      },
    ],
  },
};
