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

const TAGS = 'log.cache["attack.tags"]';
const MOST = 3;

/**
 * Statements that set `threat.technique.id`, and `threat.tactic.id` where tags name tactics in words, from a rule's
 * tags. OTTL can't filter a list, so the ids are found in its JSON text, which is made once: that is the dear part.
 * @param tags OTTL value of the tags, a list of strings
 * @param prefix what stands before an id, and before a word, in a tag; {@link TACTICS} is then a lookup of the mapping
 */
export function attackFields(tags: string, prefix: { technique: string; tactic?: string }): string[] {
  const { technique, tactic } = prefix;
  return [
    `set(${TAGS}, String(${tags}))`,
    ...idFields("threat.technique.id", technique, "T\\d{4}(?:\\.\\d{3})?", (found) => found),
    ...(tactic === undefined
      ? []
      : idFields("threat.tactic.id", tactic, "[a-z_]+", (found) => lookup("tactics", found))),
  ];
}

/**
 * Statements that set a list field to the first ids in the tags, found by one expression for all of them.
 * @param id expression of an id, without groups
 * @param value OTTL value of an id that was found
 */
function idFields(name: string, prefix: string, id: string, value: (found: string) => string): string[] {
  const ids = `log.cache[${literal(name)}]`;
  const groups = Array.from({ length: MOST }, (_, i) => `id${i}`);
  const escaped = prefix.replaceAll(".", "\\.");
  const [first, ...more] = groups.map((group) => `"${escaped}(?P<${group}>${id})"`);
  const pattern = first + more.reduceRight((rest, one) => `(?:.*?${one}${rest})?`, "");
  return [
    `set(${ids}, ExtractPatterns(${TAGS}, ${literal(pattern)}))`,
    ...groups.map((group) => {
      const found = value(`${ids}["${group}"]`);
      return `append(${field(name)}, ${found}) where ${found} != nil and ${found} != ""`;
    }),
  ];
}
