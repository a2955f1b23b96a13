import { type Exception, forSensor, type MatchKey, matchKeysOf } from "../core/config/exceptions-schema";
import { patternSource } from "../core/config/pattern";
import type { AppliedException } from "../core/contract/contribution";
import { TETRAGON_SEVERITIES } from "./tetragon-collector";

/** Of matches: the rules for severities only lower it. */
const MATCH_SEVERITY = TETRAGON_SEVERITIES.process_kprobe;
/** Of starts and ends of processes. */
const LIFECYCLE_SEVERITY = TETRAGON_SEVERITIES.process_exec;

/** Pods that a policy is not for: of a namespace, or with a label. */
export interface ExceptedPods {
  namespaces: string[];
  labels: { key: string; value: string }[];
}

/** Starts and ends of processes that are not written; what is named must all fit. */
export interface QuietProcesses {
  namespace?: string;
  process?: string;
}

/**
 * Pods that a policy leaves out. Only of exceptions by a namespace alone or by one label alone: a selector can't say
 * "not both". Nor by a program's path, which in a container is the attacker's to choose and would be a way around the
 * policy for the kernel; nor by an image, whose name in a containerSelector is not shown to be the one in events.
 * @param policy its name, which is the rule's in documents
 */
export function exceptedPods(tool: string, exceptions: readonly Exception[], policy: string): ExceptedPods {
  const own = narrowing(tool, exceptions).filter(({ rule }) => isRule(rule, policy));
  return {
    namespaces: own.flatMap(({ namespace }) => namespace ?? []),
    labels: own.flatMap(({ labels = {} }) => Object.entries(labels).map(([key, value]) => ({ key, value }))),
  };
}

/** Starts and ends that the exceptions keep out of the file. Those have no rule and no technique. */
export function quietProcesses(tool: string, exceptions: readonly Exception[]): QuietProcesses[] {
  return silencing(tool, exceptions).map(({ namespace, process }) => ({
    ...(namespace === undefined ? {} : { namespace }),
    ...(process === undefined ? {} : { process }),
  }));
}

/** Who needs to know what Tetragon does itself. @param policies those that take exceptions, by name */
export function tetragonApplied(
  tool: string,
  exceptions: readonly Exception[],
  policies: readonly string[],
): AppliedException[] {
  const quiet = silencing(tool, exceptions).map(({ index }) => ({
    index,
    how: "does not write starts and ends of these processes",
  }));
  const narrowed = narrowing(tool, exceptions).flatMap(({ index, rule }) => {
    const { length } = policies.filter((policy) => isRule(rule, policy));
    return length === 0
      ? []
      : [{ index, how: `does not look at these pods: selectors of ${length} of its policies` }];
  });
  return [...quiet, ...narrowed].sort((a, b) => a.index - b.index);
}

function narrowing(tool: string, exceptions: readonly Exception[]): Exception[] {
  return forSensor(exceptions, tool).filter(
    (exception) =>
      exception.maxSeverity >= MATCH_SEVERITY &&
      names(exception, ["rule"], ["namespace", "labels"], 1) &&
      Object.keys(exception.labels ?? { one: "" }).length === 1,
  );
}

function silencing(tool: string, exceptions: readonly Exception[]): Exception[] {
  return forSensor(exceptions, tool).filter(
    (exception) =>
      exception.maxSeverity >= LIFECYCLE_SEVERITY && names(exception, [], ["namespace", "process"], 2),
  );
}

/** Whether it names one to `most` of `told`, exactly, and else nothing but what is in `besides`. */
function names(
  exception: Exception,
  besides: readonly MatchKey[],
  told: readonly MatchKey[],
  most: number,
): boolean {
  const keys = matchKeysOf(exception).filter((key) => !besides.includes(key));
  return (
    keys.length >= 1 &&
    keys.length <= most &&
    keys.every((key) => told.includes(key) && (key === "labels" || !String(exception[key]).includes("*")))
  );
}

function isRule(rule: string | undefined, policy: string): boolean {
  return rule === undefined || new RegExp(`^${patternSource(rule)}$`).test(policy);
}
