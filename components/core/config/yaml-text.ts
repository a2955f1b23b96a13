// Pulumi's loader reads a stack file, writes it again with the keys' prefixes and reads that (LoadProjectStackBytes). A
// block of lines loses an empty one at its start that way, and must not begin with a tab.

// Other texts of several lines are written in quotes, where nothing is lost (yaml.v3, emitterc.go,
// yaml_emitter_analyze_scalar): with a space at the end of a line, or a character that is not printed.
const IN_QUOTES =
  / $| [\n\u2028\u2029]|[^\n\t\x20-\x7e\u00a0-\ud7ff\u{10000}-\u{10ffff}\ue000-\ufefe\uff00-\ufffd]/u;

function isBlock(text: string): boolean {
  return text.includes("\n") && !IN_QUOTES.test(text);
}

/** What is read of a text that was written in between; undefined where it could not be read. */
export function readBack(text: string): string | undefined {
  if (!isBlock(text)) return text;
  return text.startsWith("\t") ? undefined : text.replace(/^\n/, "");
}

/** The config as a stack file of which Pulumi reads just these values, in JSON, which is YAML too. */
export function writeStackFile(content: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(
    content,
    (_, value) => (typeof value === "string" ? toReadBack(value) : value),
    2,
  );
  // What JSON leaves as it is and YAML 1.1 takes for the end of a line, or not at all.
  const escaped = text.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${escaped}\n`;
}

function toReadBack(text: string): string {
  return isBlock(`\n${text}`) && /^[\n\t]/.test(text) ? `\n${text}` : text;
}
