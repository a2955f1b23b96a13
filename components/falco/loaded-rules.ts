import { patternSource } from "../core/config/pattern";
import type { FalcoConfig } from "./falco-schema";
import { NOISY_RULES, STABLE_RULES } from "./noise";
import { LOWEST_OF_STACK_RULES, PRIORITIES } from "./priorities";
import { type FileRule, rulesIn } from "./rules-file";

/**
 * Names of the rules that are on: Falco's stable ones, the stack's and the user's, less those that the config switches
 * off by name, tag or priority. Of the stable ones only the names are known here: a tag or a priority leaves them in.
 */
export function loadedRules(config: FalcoConfig, stackRules: Record<string, string>): string[] {
  const { disable, disableTags, enable, custom } = config.rules;
  const named = (patterns: readonly string[], name: string) =>
    patterns.some((pattern) => new RegExp(`^${patternSource(pattern)}$`).test(name));
  const off = [...NOISY_RULES.map(({ rule }) => rule), ...disable];
  const isOn = ({ name, tags = [] }: FileRule) =>
    named(enable, name) || !(named(off, name) || tags.some((tag) => disableTags.includes(tag)));
  const known = [
    ...STABLE_RULES.map(onlyName),
    ...Object.values(stackRules).flatMap(namesSuffice(config) ? namesIn : rulesIn),
    ...Object.values(custom).flatMap(rulesIn),
  ];
  const names = known.filter((rule) => isOn(rule) && isLoaded(rule, config)).map(({ name }) => name);
  return [...new Set(names)];
}

const onlyName = (name: string): FileRule => ({ name, priority: undefined, tags: [] });
/** The stack's own files write a rule's name on the line that begins it. To read them as YAML takes a tenth of a second. */
const namesIn = (text: string): FileRule[] =>
  [...text.matchAll(/^- rule: (.+)$/gm)].map(([, name = ""]) => onlyName(name));

/** Neither a tag nor the priority can leave out a rule of the stack. */
function namesSuffice({ rules, priority }: FalcoConfig): boolean {
  return rules.disableTags.length === 0 && isLoaded({ priority: LOWEST_OF_STACK_RULES }, { priority });
}

function isLoaded({ priority }: Pick<FileRule, "priority">, config: Pick<FalcoConfig, "priority">): boolean {
  const rank = (word: string) =>
    PRIORITIES.findIndex((one) => one.toLowerCase().startsWith(word.toLowerCase()));
  return priority === undefined || rank(priority) <= rank(config.priority);
}
