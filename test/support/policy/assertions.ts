import assert from "node:assert/strict";
import {
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationArgs,
  type StackValidationPolicy,
  unknownCheckingProxy,
} from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { type Surroundings, toPulumiPolicy } from "../../../policy-pack/pack/adapter";
import type { Policy } from "../../../policy-pack/pack/policy";

/** Stands in a resource where a preview does not know the value. */
export const UNKNOWN = unknownValue;

export interface Situation {
  /** Settings of the policy, waivers included. */
  config?: Record<string, unknown>;
  today?: string;
  /** Stack config by key with prefix, values as the engine hands them on. */
  stackConfig?: Record<string, string>;
  /** Whose levels hold, and why. */
  levels?: string;
  /** Types of the parents, outermost first. */
  parents?: readonly string[];
  protect?: boolean;
}

export interface Verdict {
  violations: string[];
  /** Reported at the level advisory, whatever the policy's own. */
  advice: string[];
}

/** What a policy says of resources, through the very functions that Pulumi calls. */
export function judge(policy: Policy, resources: unknown, situation: Situation = {}): Verdict {
  const pulumiPolicy = toPulumiPolicy(policy, surroundingsOf(situation));
  const verdict: Verdict = { violations: [], advice: [] };
  const report = ((message: string | { message: string; enforcementLevel: string }) => {
    if (typeof message === "string") verdict.violations.push(message);
    else assert.equal(message.enforcementLevel, "advisory");
    if (typeof message === "object") verdict.advice.push(message.message);
  }) as ReportViolation;
  const all = (Array.isArray(resources) ? resources : [resources]).map((one) => toResource(one, situation));
  if ("validateStack" in pulumiPolicy)
    (pulumiPolicy as StackValidationPolicy).validateStack(
      { resources: all, ...common(situation) } as unknown as StackValidationArgs,
      report,
    );
  else
    for (const resource of all)
      validation(pulumiPolicy as ResourceValidationPolicy)(
        { ...resource, ...common(situation) } as unknown as ResourceValidationArgs,
        report,
      );
  return verdict;
}

/** What is left of the resource after the policy corrected it; undefined where it had nothing to correct. */
export function remediated(policy: Policy, resource: unknown, situation: Situation = {}): unknown {
  const pulumiPolicy = toPulumiPolicy(policy, surroundingsOf(situation)) as ResourceValidationPolicy;
  assert.ok(pulumiPolicy.remediateResource);
  const args = { ...toResource(structuredClone(resource), situation), ...common(situation) };
  const props = pulumiPolicy.remediateResource(args as unknown as ResourceValidationArgs);
  return props === undefined ? undefined : JSON.parse(JSON.stringify(props));
}

function validation({ validateResource }: ResourceValidationPolicy) {
  assert.ok(typeof validateResource === "function");
  return validateResource;
}

function surroundingsOf({ today = "2026-11-22", stackConfig, levels }: Situation): Surroundings {
  return { today: () => today, stackConfig: () => stackConfig, levels: () => levels };
}

function common({ config = {} }: Situation) {
  return { stackTags: new Map(), getConfig: () => config };
}

interface Manifest {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown };
  /** Resource options that policies see; taken out of the inputs. */
  $opts?: { protect?: boolean; parent?: string; parents?: readonly string[] };
  /** Type of a resource of AWS without its prefix, and the tags of its provider; it is no manifest then. */
  $aws?: { type: string; defaultTags?: unknown };
}

function toResource(resource: unknown, situation: Situation) {
  const { $opts = {}, $aws, ...props } = resource as Manifest;
  const { apiVersion, kind } = props;
  const type = $aws
    ? `aws:${$aws.type}`
    : `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
  const name = typeof props.metadata?.name === "string" ? props.metadata.name : "unnamed";
  const chain = [...($opts.parents ?? situation.parents ?? []), type].join("$");
  return {
    type,
    name,
    urn: `urn:pulumi:test::security-stack::${chain}::${name}`,
    props: unknownCheckingProxy(props),
    ...($aws ? { provider: { props: unknownCheckingProxy({ defaultTags: $aws.defaultTags }) } } : {}),
    opts: { protect: $opts.protect ?? situation.protect ?? false, parent: $opts.parent },
  };
}

export function passes(policy: Policy, resources: unknown, situation?: Situation): void {
  assert.deepEqual(judge(policy, resources, situation), { violations: [], advice: [] });
}

/** Each pattern fits one violation, in order, and there are no more; every message says what, where and how to fix it. */
export function fails(
  policy: Policy,
  resources: unknown,
  patterns: RegExp | RegExp[],
  situation?: Situation,
): void {
  const { violations, advice } = judge(policy, resources, situation);
  const expected = Array.isArray(patterns) ? patterns : [patterns];
  assert.deepEqual(advice, []);
  assert.equal(violations.length, expected.length, `violations:\n${violations.join("\n") || "none"}`);
  for (const [index, message] of violations.entries()) {
    assert.match(message, expected[index]!);
    assert.match(message, /^[^\n]+\n {2}found: {3}.+\n {2}allowed: .+\n {2}fix: {5}.+$/);
  }
}

/** The policy says that it could not check the resource, by the path of what is unknown, and reports nothing else. */
export function isNotChecked(policy: Policy, resources: unknown, path: RegExp, situation?: Situation): void {
  const { violations, advice } = judge(policy, resources, situation);
  assert.deepEqual(violations, []);
  assert.ok(advice.length > 0, "passed without a word");
  for (const message of advice) assert.match(message, /not checked: ./);
  assert.match(advice.join("\n"), path);
}

/** A copy of the object with one thing changed; `undefined` removes it, and a last key of "+" appends to a list. */
export function patched<T extends object>(object: T, path: readonly (string | number)[], value: unknown): T {
  const copy = structuredClone(object);
  let here = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) {
    here[key] ??= {};
    here = here[key] as Record<string | number, unknown>;
  }
  const last = path.at(-1)!;
  if (last === "+" && Array.isArray(here)) here.push(value);
  else if (value === undefined) delete here[last];
  else here[last] = value;
  return copy;
}

/** Path of a field of the pods of a workload. */
export function pod(...path: (string | number)[]): (string | number)[] {
  return ["spec", "template", "spec", ...path];
}

/** Path of a field of a workload's first container. */
export function container(...path: (string | number)[]): (string | number)[] {
  return pod("containers", 0, ...path);
}
