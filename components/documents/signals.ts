import type { Condition } from "./condition";

/**
 * What rules over several events ask for, by names that no tool owns: a tool says in its own folder which of its documents
 * show it. A rule holds for every tool that does, and a new tool is in all rules at once.
 */
export const SIGNALS = {
  "token-read": "the token of a service account is read by hand in a container",
  "api-call": "the Kubernetes API is contacted by hand from a container",
  download: "a program that downloads is started in a container",
  "dropped-program":
    "a program is started in a container that is no part of its image, or lies where anyone may write",
  "outbound-connection": "a shell or a tool in a container connects to an address outside of the cluster",
  "container-escape": "a container does what leads out of it",
  "host-process": "a shell is started on a node itself, outside of all containers",
  "cron-write": "a crontab or a file of the cron folders is written",
  "cron-execution": "a cron daemon starts a program",
  detection: "a rule or a policy matched, of severity medium or higher",
} as const;

export type SignalName = keyof typeof SIGNALS;

/** Which documents of a tool show a signal: all of the conditions hold. */
export type Signals = Readonly<Partial<Record<SignalName, readonly Condition[]>>>;

/** What rules may ask for beside events: something that is so now, in an index that holds the current state. */
export const STATES = {
  "exploitable-vulnerability": "a running image has an open critical vulnerability for which there is a fix",
} as const;

export type StateName = keyof typeof STATES;

/** Which documents of a tool show a state. */
export interface State {
  conditions: readonly Condition[];
  /** Field with the name of what was found, for who reads the result. */
  evidence: string;
  /** Where these hold too, what is found is one level of severity worse. */
  worse?: readonly Condition[];
}

export type States = Readonly<Partial<Record<StateName, State>>>;
