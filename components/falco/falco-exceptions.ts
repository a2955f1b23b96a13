import { stringify } from "yaml";
import { type Exception, forSensor, type MatchKey, matchKeysOf } from "../core/config/exceptions-schema";
import { patternSource } from "../core/config/pattern";
import type { AppliedException } from "../core/contract/contribution";
import { ruleNames } from "./custom-rules";
import { FALCO_SEVERITIES } from "./falco-collector";
import { type FileRule, rulesIn } from "./rules-file";

/** Loaded after the rules that it changes, which are read in the order of the files' names. */
const FILE = "95-exceptions.yaml";

/** Falco's fields that say exactly what the gateway compares in the document made of the alert. */
const FIELDS = [
  ["namespace", "k8s.ns.name"],
  ["image", "container.image.repository"],
  ["process", "proc.exepath"],
  ["path", "fd.name"],
  ["user", "user.name"],
] as const;

/** Keys that choose among rules. */
const OF_RULES: readonly MatchKey[] = ["rule", "technique"];

interface Rule {
  name: string;
  severity: number;
  tags: readonly string[];
}

/** What Falco itself leaves out: the rules file that says so, and who needs to know of it. */
export interface FalcoExceptions {
  /** By file name; none where Falco can apply nothing. */
  rules: Record<string, string>;
  applied: AppliedException[];
}

/**
 * The exceptions that Falco can tell exactly, as `exceptions` of the stack's own rules; the gateway leaves out what is
 * here left to it. Not those for rules whose events `maxSeverity` keeps, nor for rules that a file of the user's changes
 * (their priority may be another then), nor for the image's stable rules, whose priorities are in the image.
 * @param rules texts of the stack's rules files
 * @param custom texts of the user's
 */
export function falcoExceptions(
  tool: string,
  exceptions: readonly Exception[],
  rules: Readonly<Record<string, string>>,
  custom: Readonly<Record<string, string>>,
): FalcoExceptions {
  const exact = forSensor(exceptions, tool).filter(isExact);
  // Without one the rules need not be read, which is a tenth of a second.
  if (exact.length === 0) return { rules: {}, applied: [] };
  const changed = new Set(Object.values(custom).flatMap(ruleNames));
  const own = Object.values(rules)
    .flatMap(rulesIn)
    .flatMap(tagged)
    .filter(({ name }) => !changed.has(name));
  const given = exact
    .map((exception) => ({ exception, rules: own.filter((rule) => isFor(exception, rule)) }))
    .filter((one) => one.rules.length > 0);
  const entries = own.flatMap(({ name }) => {
    const here = given.filter((one) => one.rules.some((rule) => rule.name === name));
    if (here.length === 0) return [];
    return [
      {
        rule: name,
        exceptions: here.map(({ exception }) => asFalco(exception)),
        override: { exceptions: "append" },
      },
    ];
  });
  return {
    rules: entries.length === 0 ? {} : { [FILE]: stringify(entries, { lineWidth: 0 }) },
    applied: given.map(({ exception, rules: { length } }) => ({
      index: exception.index,
      how: `does not report it: exceptions of ${length} of its rules`,
    })),
  };
}

/** A pattern, labels and anything that only a rule's name says are not for an exception of Falco's. */
function isExact(exception: Exception): boolean {
  const keys = matchKeysOf(exception).filter((key) => !OF_RULES.includes(key));
  const isTold = (key: MatchKey) =>
    FIELDS.some(([one]) => one === key) && !String(exception[key]).includes("*");
  return keys.length > 0 && keys.every(isTold);
}

function isFor({ rule, technique, maxSeverity }: Exception, { name, severity, tags }: Rule): boolean {
  return (
    severity <= maxSeverity &&
    (rule === undefined || new RegExp(`^${patternSource(rule)}$`).test(name)) &&
    (technique === undefined || tags.includes(technique))
  );
}

/** A new name with its fields: Falco adds it to those that the rule has (rule_loader_collector.cpp, append). */
function asFalco(exception: Exception) {
  const conditions = FIELDS.flatMap(([key, field]): [string, string | boolean][] => {
    const value = exception[key];
    return value === undefined ? [] : [[field, value]];
  });
  // What is written to a program's path in a running container is in its upper layer, and reported.
  if (exception.process !== undefined) conditions.push(["proc.is_exe_upper_layer", false]);
  return {
    name: `exceptions_${exception.index}`,
    fields: conditions.map(([field]) => field),
    comps: conditions.map(() => "="),
    values: [conditions.map(([, value]) => value)],
  };
}

/** Those that the priority and the tags of an exception can be held against. */
function tagged({ name, priority, tags }: FileRule): Rule[] {
  return tags === undefined ? [] : [{ name, severity: severityOf(String(priority)), tags }];
}

function severityOf(priority: string): number {
  const found = Object.entries(FALCO_SEVERITIES).find(
    ([word]) => word.toLowerCase() === priority.toLowerCase(),
  );
  if (!found) throw new Error(`a rule of the stack has the priority ${priority}, which Falco does not know`);
  return found[1];
}
