import type { PolicyConfigSchema, Severity } from "@pulumi/policy";
import type { AwsObject } from "../aws/aws-object";
import type { KubernetesObject } from "../kubernetes/object";

/** What a violation does: `remediate` corrects the resource first, and blocks like `mandatory` what it could not correct. */
export type Level = "disabled" | "advisory" | "mandatory" | "remediate";

/** Chapters of the frameworks that a policy serves. */
export interface Frameworks {
  /** NIST Cybersecurity Framework 2.0, subcategories. */
  nist: readonly string[];
  /** ISO/IEC 27001:2022, controls of annex A. */
  iso: readonly string[];
  /** CIS Kubernetes Benchmark 1.12, section 5 (numbers as in kube-bench's cfg/cis-1.12/policies.yaml). */
  cis: readonly string[];
}

/** JSON Schema of one setting. */
export type SettingSchema = PolicyConfigSchema["properties"][string];

/** Settings of a policy in the environment's file: JSON Schema, and a default for each. */
export type ConfigProperties<Config> = {
  [Key in keyof Config]: SettingSchema & { description: string; default: Config[Key] };
};

/** What a policy is, as data: the table of policies, the config files and the messages are made from it. */
export interface PolicyData<Config extends object> {
  /** In kebab case; config files and waivers use it. */
  name: string;
  /** What must hold, in one sentence. */
  rule: string;
  severity: Severity;
  /** In every environment whose file says nothing else. */
  level: Exclude<Level, "disabled">;
  frameworks: Frameworks;
  /** What to do about a violation; a finding may say it more exactly. */
  fix: string;
  config?: ConfigProperties<Config>;
  /** Judges what only Pulumi knows, resource options or stack config: a manifest alone can't be judged by it. */
  needsPulumi?: true;
}

/** One thing that is wrong: where in the resource, what is there, what may be there. Never holds a secret's value. */
export interface Finding {
  where?: string;
  found: string;
  allowed: string;
  fix?: string;
}

export interface Report {
  violation(finding: Finding): void;
  /** Says that something could not be judged, and why: it must not look as if it had passed. */
  notChecked(why: string): void;
  /** Judges every item by itself: a value that a preview doesn't know hides nothing but its own item. */
  each<Item>(items: Iterable<Item>, check: (item: Item) => void): void;
}

/** Judges one resource by its inputs. */
export interface ResourcePolicy<Config extends object = object> extends PolicyData<Config> {
  check(object: KubernetesObject, report: Report, config: Config): void;
  /** Corrects the inputs in place where that is safe; false where there is nothing to correct. */
  remediate?(object: KubernetesObject, config: Config): boolean;
}

/** Judges one resource of the AWS provider by its inputs. */
export interface AwsPolicy<Config extends object = object> extends PolicyData<Config> {
  /** There is no manifest of it. */
  needsPulumi: true;
  checkAws(resource: AwsObject, report: Report, config: Config): void;
}

/** What a stack policy sees. */
export interface Stack {
  objects: readonly KubernetesObject[];
  /** The stack config as the engine hands it to the pack, by key with the project's prefix; undefined where it doesn't. */
  config: Readonly<Record<string, string>> | undefined;
}

export interface StackReport extends Report {
  /** Of the object, or of the whole stack. */
  violation(finding: Finding, object?: KubernetesObject): void;
  notChecked(why: string, object?: KubernetesObject): void;
}

/** Judges what only shows in all resources together. */
export interface StackPolicy<Config extends object = object> extends PolicyData<Config> {
  checkStack(stack: Stack, report: StackReport, config: Config): void;
}

export type Policy = ResourcePolicy | StackPolicy | AwsPolicy;

/** The settings of a policy where nobody has set any. */
export function configDefaults(policy: Policy): Record<string, unknown> {
  const properties = Object.entries(policy.config ?? {}) as [string, { default: unknown }][];
  return Object.fromEntries(properties.map(([key, schema]) => [key, schema.default]));
}
