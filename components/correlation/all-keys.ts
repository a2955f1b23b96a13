import type { CorrelationStep } from "../documents/correlation-rule";

/** By its name: all sensors have that, and the id of one that was just made not all of them know. */
export const POD: readonly string[] = ["kubernetes.namespace", "kubernetes.pod.name"];

/** What a rule or a policy of any tool matched. */
export const ALERT: CorrelationStep = { name: "alert", selection: [{ field: "event.kind", is: "alert" }] };
