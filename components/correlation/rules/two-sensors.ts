import type { CorrelationRule } from "../../documents/correlation-rule";
import { ALERT, POD } from "../all-keys";

/** What two sensors see in different ways is no mistake of one of them. */
export const twoSensors: CorrelationRule = {
  name: "two-sensors",
  title: "Two sensors see the same technique in one pod",
  severity: 4,
  attack: [],
  type: "value_count",
  steps: [ALERT],
  groupBy: [...POD, "threat.technique.id"],
  field: "labels.security_tool",
  atLeast: 2,
  timespanMinutes: 2,
  fix: "Treat it as real: see both events for the process, and what else the pod did.",
  samples: {
    found: [
      {
        why: "one technique, two sensors",
        events: [
          [0, "alert", { "labels.security_tool": "one" }],
          [90, "alert", { "labels.security_tool": "other" }],
        ],
      },
    ],
    notFound: [
      {
        why: "one sensor twice",
        events: [
          [0, "alert", { "labels.security_tool": "one" }],
          [1, "alert", { "labels.security_tool": "one" }],
        ],
      },
      {
        why: "two techniques",
        events: [
          [0, "alert", { "labels.security_tool": "one" }],
          [1, "alert", { "labels.security_tool": "other", "threat.technique.id": "T9999" }],
        ],
      },
    ],
  },
};
