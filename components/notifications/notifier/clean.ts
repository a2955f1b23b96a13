const MOST_CHARACTERS = 300;

/** What programs make a link of: an address, a host that begins like one, Markdown's link. */
const LINKS: readonly (readonly [RegExp, string])[] = [
  [/:\/\//g, "[:]//"],
  [/\bwww\./gi, "www[.]"],
  [/\]\(/g, "] ("],
];

/** Control characters, and those that turn the direction of text or are not seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/**
 * A text that processes may have written, for people: one line, cut, without characters that can't be seen, and without
 * anything that a program would make a link of ("https[:]//", as incident reports write them). What is markup to one
 * receiver only is escaped in the template of its messages.
 */
export function clean(value: unknown, most = MOST_CHARACTERS): string {
  // Before the rest: a regular expression over a megabyte takes its time. More than is kept, as what is not seen goes and a character may be two of its units.
  const text = String(value ?? "").slice(0, 4 * most);
  const shown = text.replace(UNSEEN, " ").replace(/\s+/g, " ").trim();
  const line = LINKS.reduce((cleaned, [link, inert]) => cleaned.replace(link, inert), shown);
  const characters = [...line];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : line;
}
