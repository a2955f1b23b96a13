import type { CorrelationRule } from "../../documents/correlation-rule";
import { ALERT, POD } from "../all-keys";

/** Each may have its reason; a pod in which so many different ones meet is being worked through. */
export const threeTactics: CorrelationRule = {
  name: "three-tactics",
  title: "Three tactics in one pod",
  severity: 4,
  attack: [],
  type: "value_count",
  steps: [ALERT],
  groupBy: POD,
  field: "threat.tactic.id",
  atLeast: 3,
  timespanMinutes: 30,
  fix: "Read the events in their order: how did it begin, and what was reached?",
  samples: {
    found: [
      {
        why: "execution, credential access, discovery",
        events: [
          [0, "alert", { "threat.tactic.id": "TA0002" }],
          [600, "alert", { "threat.tactic.id": "TA0006" }],
          [1800, "alert", { "threat.tactic.id": "TA0007" }],
        ],
      },
    ],
    notFound: [
      {
        why: "two tactics, one of them twice",
        events: [
          [0, "alert", { "threat.tactic.id": "TA0002" }],
          [1, "alert", { "threat.tactic.id": "TA0006" }],
          [2, "alert", { "threat.tactic.id": "TA0002" }],
        ],
      },
      {
        why: "the first is too long ago",
        events: [
          [0, "alert", { "threat.tactic.id": "TA0002" }],
          [1, "alert", { "threat.tactic.id": "TA0006" }],
          [1801, "alert", { "threat.tactic.id": "TA0007" }],
        ],
      },
    ],
  },
};
