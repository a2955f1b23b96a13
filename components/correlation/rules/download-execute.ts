import type { CorrelationRule } from "../../documents/correlation-rule";
import { POD } from "../all-keys";

/** The second stage of a break-in: something is fetched and started. */
export const downloadExecute: CorrelationRule = {
  name: "download-execute",
  title: "Program downloaded and started",
  severity: 4,
  attack: [
    { tactic: "TA0011", technique: "T1105" },
    { tactic: "TA0002", technique: "T1204" },
  ],
  type: "temporal_ordered",
  steps: [{ signal: "download" }, { signal: "dropped-program" }],
  groupBy: POD,
  timespanMinutes: 5,
  fix: "Isolate the pod and keep the file: an image that installs programs when it starts should have them built in.",
  samples: {
    found: [
      {
        why: "a download, then a program that is not the image's",
        events: [
          [0, "download"],
          [3, "dropped-program"],
        ],
      },
    ],
    notFound: [
      { why: "a download alone", events: [[0, "download"]] },
      {
        why: "the program of another pod",
        events: [
          [0, "download"],
          [3, "dropped-program", { "kubernetes.pod.name": "another" }],
        ],
      },
      {
        why: "the program was started first",
        events: [
          [0, "dropped-program"],
          [3, "download"],
        ],
      },
    ],
  },
};
