/** Annotation of an alert for programs: its pods, as JSON of a list of {@link AlertPod}. */
export const PODS_ANNOTATION = "pods";

/** A pod that an alert is about. */
export interface AlertPod {
  name: string;
  /** Empty where the documents do not say it. */
  uid: string;
  /** When its newest event was read on the node, ISO 8601. */
  seen: string;
}
