import type { Destination } from "../../forwarding/forward";
import type { PodCredentials } from "../../node-program/pod-credentials";

/** Where documents go, open. */
export interface OpenedTarget {
  destination: Destination;
  /** Lets go of its connections. */
  close(): Promise<void>;
  /** Files that it has read for good: where one changes, the program ends, to be started again with it. */
  readOnce?: readonly string[];
}

/**
 * What the module of a sink's target has as `open`: it is in the sink's program, and no other target is.
 * @param settings Of the sink's `target`, as they were in JSON.
 * @param podCredentials The credentials of the pod's role in AWS.
 * @throws Error where a setting is wrong, a file can't be read or the pod has no role
 */
export type OpenTarget = (settings: unknown, podCredentials: () => PodCredentials) => OpenedTarget;
