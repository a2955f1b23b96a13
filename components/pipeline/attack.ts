import { and, field, literal } from "./ottl";

/**
 * Tactics of MITRE ATT&CK by the words that rules are tagged with (Falco: `mitre_<tactic>`). In ATT&CK v19
 * "defense evasion" is called Stealth and kept its id.
 */
export const TACTICS: Readonly<Record<string, string>> = {
  initial_access: "TA0001",
  execution: "TA0002",
  persistence: "TA0003",
  privilege_escalation: "TA0004",
  defense_evasion: "TA0005",
  credential_access: "TA0006",
  discovery: "TA0007",
  lateral_movement: "TA0008",
  collection: "TA0009",
  exfiltration: "TA0010",
  command_and_control: "TA0011",
  impact: "TA0040",
};

const TAGS = 'log.cache["tags"]';
const FOUND = 'log.cache["techniques"]';

/**
 * Statements that set `threat.technique.id` from a rule's tags, an OTTL value that is a list of strings. OTTL can't
 * filter a list: as JSON text, what looks like an id is marked, the rest is cut out, and the marks are split.
 * @param prefix what stands before an id in a tag: "" or "mitre."
 */
export function techniqueFields(tags: string, prefix: string): string[] {
  const id = `"${prefix.replaceAll(".", "\\.")}(T\\d{4}(?:\\.\\d{3})?)"`;
  const isList = `IsList(${tags})`;
  return [
    `set(${TAGS}, String(${tags})) where ${isList}`,
    `set(${FOUND}, ${TAGS})`,
    `replace_pattern(${FOUND}, ${literal(id)}, ${literal(";$1")}) where ${isList}`,
    `replace_pattern(${FOUND}, ${literal('"[^"]*"|[\\[\\],]')}, "") where ${isList}`,
    `set(${field("threat.technique.id")}, Split(TrimPrefix(${FOUND}, ";"), ";")) where ${and(isList, `${FOUND} != ""`)}`,
  ];
}

/** Statements that set `threat.tactic.id` from tags that name tactics in words; they follow {@link techniqueFields}. */
export function tacticFields(wordPrefix: string): string[] {
  return Object.entries(TACTICS).map(
    ([word, id]) =>
      `append(${field("threat.tactic.id")}, ${literal(id)}) where IsMatch(${TAGS}, ${literal(`"${wordPrefix}${word}"`)})`,
  );
}
