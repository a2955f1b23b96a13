import { stripVTControlCharacters } from "node:util";
import { maskCredentials } from "../../../components/core/config/secrets";

/** Stands for what is taken out of a text. */
const HIDDEN = "[hidden]";

const PATTERNS: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, HIDDEN],
  [/\b(bearer|basic|apikey)\s+[\w+/=.~:-]{6,}/gi, `$1 ${HIDDEN}`],
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|private[_-]?key|authorization|credentials?)["']?\s*[:=]\s*)(?:"[^"]{1,500}"|'[^']{1,500}'|[^\s,;"'}\]]{1,500})/gi,
    `$1${HIDDEN}`,
  ],
];

/**
 * Text of a container or of the cluster as it may be shown on a terminal and in a build's log: without control characters, without
 * what looks like a secret, cut to a length. Anybody who can make a program write a line has a say in it.
 * @param secrets values that are hidden wherever they are
 */
export function plainText(text: string, secrets: readonly string[] = [], length = 300): string {
  // Escape sequences, the rest of the control characters, and what turns or hides the text around it.
  const visible = stripVTControlCharacters(text)
    .replace(/\s+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, "")
    // A command to GitHub's runner, which looks for it anywhere in a line (actions/runner, ActionCommand.TryParse).
    .replaceAll("##[", "## [");
  const hidden = secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), visible);
  const masked = PATTERNS.reduce(
    (rest, [pattern, instead]) => rest.replace(pattern, instead),
    maskCredentials(hidden),
  ).trim();
  return masked.length > length ? `${masked.slice(0, length)}...` : masked;
}
