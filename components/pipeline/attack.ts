import { field, literal, lookup } from "./ottl";

/**
 * Tactics of MITRE ATT&CK by the words that rules are tagged with (Falco: `mitre_<tactic>`). ATT&CK v19
 * split "defense evasion" into Stealth, which kept its id, and Defense Impairment; Falco's rules have the old word.
 */
export const TACTICS: Readonly<Record<string, string>> = {
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

const IDS = 'log.cache["attack"]';
const MOST = 3;

/**
 * Statements that set a list field to the first ids in a rule's tags. OTTL can't filter a list, so the ids are
 * found in its JSON text, by one expression for all of them.
 * @param tags OTTL value of the tags, a list of strings
 * @param id expression of an id, without groups
 * @param value OTTL value of an id that was found
 */
function idFields(
  name: string,
  tags: string,
  prefix: string,
  id: string,
  value: (found: string) => string,
): string[] {
  const groups = Array.from({ length: MOST }, (_, i) => `id${i}`);
  const [first, ...more] = groups.map((group) => `"${prefix}(?P<${group}>${id})"`);
  const pattern = first + more.reduceRight((rest, one) => `(?:.*?${one}${rest})?`, "");
  return [
    `set(${IDS}, {})`,
    `set(${IDS}, ExtractPatterns(String(${tags}), ${literal(pattern)}))`,
    ...groups.map((group) => {
      const found = value(`${IDS}["${group}"]`);
      return `append(${field(name)}, ${found}) where ${found} != nil and ${found} != ""`;
    }),
  ];
}

/**
 * Statements that set `threat.technique.id` from a rule's tags.
 * @param prefix what stands before an id in a tag: "" or "mitre."
 */
export function techniqueFields(tags: string, prefix: string): string[] {
  const escaped = prefix.replaceAll(".", "\\.");
  return idFields("threat.technique.id", tags, escaped, "T\\d{4}(?:\\.\\d{3})?", (found) => found);
}

/** Statements that set `threat.tactic.id` from tags that name tactics in words; {@link TACTICS} is a lookup of the mapping. */
export function tacticFields(tags: string, wordPrefix: string): string[] {
  return idFields("threat.tactic.id", tags, wordPrefix, "[a-z_]+", (found) => lookup("tactics", found));
}
