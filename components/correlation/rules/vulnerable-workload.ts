import type { CorrelationRule } from "../../documents/correlation-rule";

/**
 * What is known to be open is used, or may have been: by the image, since findings are of images. Critical where one of them is
 * known to be exploited (KEV), or likely to be (EPSS).
 */
export const vulnerableWorkload: CorrelationRule = {
  name: "vulnerable-workload",
  title: "Detection in a workload with an open critical vulnerability that has a fix",
  severity: 4,
  attack: [{ tactic: "TA0001", technique: "T1190" }],
  type: "event_count",
  steps: [{ signal: "detection" }],
  groupBy: ["kubernetes.namespace", "container.image.name"],
  atLeast: 1,
  timespanMinutes: 60,
  while: "exploitable-vulnerability",
  fix: "Roll the fixed version out, and look at the detection as at a break-in until it is explained.",
  samples: {
    found: [{ why: "one detection", events: [[0, "detection"]] }],
    notFound: [{ why: "nothing happened", events: [] }],
  },
};
