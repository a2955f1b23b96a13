import * as fs from "node:fs";
import * as path from "node:path";
import Ajv, { type ErrorObject } from "ajv";
import { closest, distance } from "fastest-levenshtein";
import {
  ENVIRONMENTS,
  type Environment,
  environmentOf,
  namedEnvironment,
  nameOfStack,
} from "../../../components/core/config/policy-level";
import { POLICIES } from "../../../policy-pack/pack/all-policies";
import type { Level, Policy } from "../../../policy-pack/pack/policy";
import { WAIVERS_KEY, WAIVERS_SCHEMA, type Waiver } from "../../../policy-pack/pack/waivers";
import type { AppliedPolicy } from "../../../policy-pack/pack/without-engine";
import { Fault } from "../cluster/fault";
import { PACK_FOLDER } from "./compile";

const LEVELS: readonly Level[] = ["disabled", "advisory", "mandatory", "remediate"];

/** What an environment's file says of one policy: a level, or a level and settings. */
export type PolicySettings = Level | ({ enforcementLevel?: Level } & Record<string, unknown>);
export type EnvironmentConfig = Readonly<Record<string, PolicySettings>>;

/** The environment whose levels a stack is held to, and why it is that one, for people. */
export interface AppliedLevels {
  environment: Environment;
  why: string;
}

/**
 * What the stack config says wins over the stack's name.
 * @param policyLevel `global.policyLevel` as it is written.
 * @throws Fault where it is no environment: a misspelt one must not become another.
 */
export function appliedLevels(stack: string, policyLevel: unknown): AppliedLevels {
  const chosen = ENVIRONMENTS.find((environment) => environment === policyLevel);
  if (chosen) return { environment: chosen, why: `global.policyLevel of the stack config is "${chosen}"` };
  if (policyLevel !== undefined)
    throw new Fault(
      `global.policyLevel is ${JSON.stringify(policyLevel)}, allowed are ${ENVIRONMENTS.join(", ")}.`,
      {
        where: `security-stack:global in the config of stack ${stack}`,
        fix: "Write one of them, or leave the key out: then the beginning of the stack's name decides.",
      },
    );
  const named = namedEnvironment(stack);
  if (named) return { environment: named, why: `the stack's name "${nameOfStack(stack)}" begins with it` };
  const none = `the stack's name "${nameOfStack(stack)}" begins with none of ${ENVIRONMENTS.join(", ")}`;
  return { environment: environmentOf(stack), why: `${none}; global.policyLevel in its config says another` };
}

/** The file of an environment, in the form that `--policy-pack-config` takes. */
export function environmentFile(environment: Environment): string {
  return path.join(PACK_FOLDER, "config", `${environment}.json`);
}

/**
 * Reads and checks an environment's file. The Pulumi CLI checks settings too, but takes an unknown policy for
 * nothing, and so a misspelt one for switched off.
 * @throws Fault with everything that is wrong.
 */
export function readEnvironment(file: string): EnvironmentConfig {
  const config = parseFile(file);
  const problems = Object.entries(config).flatMap(([name, settings]) => problemsOf(name, settings));
  if (problems.length === 0) return config as EnvironmentConfig;
  throw new Fault(
    `The policy config has ${problems.length === 1 ? "1 error" : `${problems.length} errors`}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    {
      where: file,
      fix: "npm run policy:list shows the policies; their settings are in docs/policies.md.",
    },
  );
}

/** Policies with their levels and settings where this config holds. */
export function appliedBy(config: EnvironmentConfig, policies: readonly Policy[]): AppliedPolicy[] {
  return policies.map((policy) => {
    const found = config[policy.name];
    const { enforcementLevel: _, ...settings } = typeof found === "object" ? found : {};
    return { policy, level: levelOf(policy, config), settings };
  });
}

/** The level of a policy where this config holds. */
export function levelOf(policy: Policy, config: EnvironmentConfig): Level {
  const settings = config[policy.name];
  return (typeof settings === "string" ? settings : settings?.enforcementLevel) ?? policy.level;
}

function parseFile(file: string): Record<string, unknown> {
  const text = fs.readFileSync(file, "utf8");
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new Fault(`The policy config is not valid JSON: ${(error as Error).message}`, {
      where: file,
      fix: "Correct the file; git diff shows what has changed in it.",
    });
  }
  if (typeof config === "object" && config !== null && !Array.isArray(config)) return { ...config };
  throw new Fault("The policy config is not a map of policies.", {
    where: file,
    fix: 'Write {"<policy>": "<level>"}.',
  });
}

function problemsOf(name: string, settings: unknown): string[] {
  const policy = POLICIES.find((candidate) => candidate.name === name);
  if (!policy) return [`${name}: unknown policy${nearest(name)}`];
  if (typeof settings === "string") return levelProblems(name, settings);
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    return [`${name}: found ${JSON.stringify(settings)}, allowed is a level or a map with settings`];
  const { enforcementLevel, ...rest } = settings as Record<string, unknown>;
  return [
    ...(enforcementLevel === undefined ? [] : levelProblems(name, enforcementLevel)),
    ...settingProblems(policy, rest),
    ...dateProblems(name, rest[WAIVERS_KEY]),
  ];
}

function nearest(name: string): string {
  const best = closest(
    name,
    POLICIES.map((policy) => policy.name),
  );
  return distance(name, best) <= best.length / 3
    ? `, did you mean "${best}"?`
    : "; npm run policy:list shows them";
}

function levelProblems(name: string, level: unknown): string[] {
  if (!LEVELS.includes(level as Level))
    return [`${name}: found level ${JSON.stringify(level)}, allowed are ${LEVELS.join(", ")}`];
  const policy = POLICIES.find((candidate) => candidate.name === name);
  if (level === "remediate" && !(policy && "remediate" in policy))
    return [
      `${name}: found level "remediate", but there is no safe correction; allowed are ${LEVELS.slice(0, 3).join(", ")}`,
    ];
  return [];
}

function settingProblems(policy: Policy, settings: Record<string, unknown>): string[] {
  const schema = {
    type: "object",
    additionalProperties: false,
    properties: { ...policy.config, [WAIVERS_KEY]: WAIVERS_SCHEMA },
  };
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
  return validate(settings) ? [] : (validate.errors ?? []).map((error) => `${policy.name}${describe(error)}`);
}

function describe({ instancePath, keyword, params, message }: ErrorObject): string {
  const where = instancePath.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
  if (keyword === "additionalProperties") return `${where}.${params["additionalProperty"]}: unknown setting`;
  return `${where}: ${message}`;
}

// The pattern in the schema lets the 31st of February pass.
function dateProblems(name: string, waivers: unknown): string[] {
  if (!Array.isArray(waivers)) return [];
  return (waivers as Partial<Waiver>[]).flatMap(({ expires }, index) => {
    if (typeof expires !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(expires)) return [];
    const date = new Date(`${expires}T00:00:00Z`);
    const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(expires);
    return exists ? [] : [`${name}.${WAIVERS_KEY}[${index}].expires: there is no ${expires}`];
  });
}
