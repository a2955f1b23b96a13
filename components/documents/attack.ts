import { field, literal, lookup } from "./ottl";

/**
 * Tactics of MITRE ATT&CK by the words that rules are tagged with (Falco: `mitre_<tactic>`); some have the id (`TA0003`). ATT&CK v19
 * split "defense evasion" into Stealth, which kept its id, and Defense Impairment; Falco's rules have the old word.
 */
export const TACTICS: Readonly<Record<string, string>> = {
  reconnaissance: "TA0043",
  resource_development: "TA0042",
  initial_access: "TA0001",
  execution: "TA0002",
  persistence: "TA0003",
  privilege_escalation: "TA0004",
  defense_evasion: "TA0005",
  stealth: "TA0005",
  defense_impairment: "TA0112",
  credential_access: "TA0006",
  discovery: "TA0007",
  lateral_movement: "TA0008",
  collection: "TA0009",
  exfiltration: "TA0010",
  command_and_control: "TA0011",
  impact: "TA0040",
};

/** JSON of the tags. */
const TAGS = 'log.cache["attack.tags"]';
/** The same, worked on; not set where it was read from {@link KNOWN}. */
const IDS = 'log.cache["attack.ids"]';
const THREAT = field("threat");
/** What came of the same tags in a record of the same resource before: a rule's tags are always the same. */
const KNOWN = lookup("attack", TAGS);

/** Among the `lookups` of a mapping with {@link attackFields}, which fills it. */
export const ATTACK_LOOKUP = { attack: {} };
const TECHNIQUE = "T\\d{4}(?:\\.\\d{3})?";
const JSON_TEXT = '"(?:\\\\.|[^"\\\\])*"';

/**
 * Statements that set `threat.technique.id`, and `threat.tactic.id` where tags name tactics, to all that are in a rule's
 * tags, in any order and number.
 * @param tags OTTL value of the tags' JSON (`listText`); nothing is set where it is nil
 * @param prefix what precedes a technique's id, and a tactic's word, in a tag
 */
export function attackFields(tags: string, prefix: { technique: string; tactic?: string }): string[] {
  return [
    `set(${TAGS}, ${tags})`,
    `set(${THREAT}, ${KNOWN}) where ${TAGS} != nil`,
    `set(${IDS}, ${TAGS}) where ${THREAT} == nil`,
    ...techniques(prefix.technique),
    ...(prefix.tactic === undefined ? [] : tactics(prefix.tactic)),
    `set(${KNOWN}, ${THREAT}) where ${IDS} != nil`,
  ];
}

/**
 * OTTL can't filter a list, so the list's JSON text is worked on: ids are marked by <>, which no text outside of quotes has,
 * all other tags go, and what is left between the marks too.
 */
function techniques(prefix: string): string[] {
  const id = `"${prefix.replaceAll(".", "\\.")}(${TECHNIQUE})"`;
  const replace = (pattern: string, by: string) =>
    `replace_pattern(${IDS}, ${literal(pattern)}, ${literal(by)})`;
  return [
    replace(id, "<$1>"),
    replace(JSON_TEXT, ""),
    replace("[^<>]*<([^<>]+)>[^<>]*", "$1 "),
    `set(${field("threat.technique.id")}, Split(Trim(${IDS}), " ")) where IsMatch(${IDS}, ${literal(`^${TECHNIQUE} `)})`,
  ];
}

/** A tag is looked for in the JSON, between its quotes: a list's values would each be compared with each name. */
function tactics(prefix: string): string[] {
  const ids = [...new Set(Object.values(TACTICS))];
  const namesOf = (id: string) => [
    id,
    ...Object.keys(TACTICS)
      .filter((word) => TACTICS[word] === id)
      .map((word) => prefix + word),
  ];
  const isNamed = (id: string) =>
    namesOf(id)
      .map((name) => `Index(${TAGS}, ${literal(`"${name}"`)}) >= 0`)
      .join(" or ");
  return ids.map(
    (id) => `append(${field("threat.tactic.id")}, ${literal(id)}) where ${IDS} != nil and (${isNamed(id)})`,
  );
}
