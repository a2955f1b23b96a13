import type { CorrelationRule } from "../../documents/correlation-rule";
import { POD } from "../all-keys";

/** A pod's identity is taken, and then used. */
export const tokenReadApiCall: CorrelationRule = {
  name: "token-read-api-call",
  title: "Service account token read, then the Kubernetes API called",
  severity: 5,
  attack: [
    { tactic: "TA0006", technique: "T1528" },
    { tactic: "TA0007", technique: "T1613" },
  ],
  type: "temporal_ordered",
  steps: [{ signal: "token-read" }, { signal: "api-call" }],
  groupBy: POD,
  timespanMinutes: 5,
  fix: "What may the pod's service account do? Take its rights away, delete the token, and keep the pod for the investigation.",
  samples: {
    found: [
      {
        why: "the token is read and the API called by the same pod",
        events: [
          [0, "token-read"],
          [40, "api-call"],
        ],
      },
    ],
    notFound: [
      {
        why: "the API is called before the token is read",
        events: [
          [0, "api-call"],
          [5, "token-read"],
        ],
      },
      {
        why: "the API is called by another pod",
        events: [
          [0, "token-read"],
          [5, "api-call", { "kubernetes.pod.name": "another" }],
        ],
      },
      {
        why: "the API is called after the timespan",
        events: [
          [0, "token-read"],
          [301, "api-call"],
        ],
      },
    ],
  },
};
