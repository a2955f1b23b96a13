import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { ConfigError } from "../../../components/core/config/config-error";
import { PROJECT } from "../../../components/core/config/issues";
import { SECRET_PLACEHOLDER } from "../../../components/core/config/secrets";
import { fromText, parseStackFile, TWICE_BY_PREFIX } from "../../../components/core/config/stack-file";
import { NO_KEY, NOT_A_NUMBER } from "../../../components/core/config/yaml-decode";
import { ANCHOR_NAME, QUESTION_MARK, TIGHT } from "../../../components/core/config/yaml-syntax";

/** What a reader makes of a stack file; no values where it refuses it. */
export interface Reading {
  values?: Record<string, unknown>;
  error?: string;
  /** What Pulumi would find wrong if it read on after the first document. */
  rest?: string;
  /** It takes values from an environment of Pulumi ESC. */
  elsewhere?: boolean;
}

export interface Difference {
  text: string;
  why: string;
  ours: Reading;
  theirs: Reading;
}

export interface Comparison {
  counts: { same: number; refused: number; different: number; encrypted: number; stricter: number };
  differences: Difference[];
}

/**
 * Reads stack files with the project's reader and with a program on the Pulumi SDK's loader.
 * @param program path of pulumi-stack-file, of the toolchain
 */
export function compareReaders(texts: readonly string[], program: string): Comparison {
  const result: Comparison = {
    counts: { same: 0, refused: 0, different: 0, encrypted: 0, stricter: 0 },
    differences: [],
  };
  const theirs = readWithSdk(texts, program);
  for (const [index, text] of texts.entries()) {
    const ours = readWithOurs(text);
    const their = theirs[index] ?? { error: "no answer" };
    const why = differ(ours, their);
    if (ours.error?.includes("CFG014") && their.elsewhere) {
      result.counts.refused++;
      continue;
    }
    if (isStricter(ours, their)) {
      result.counts.stricter++;
      continue;
    }
    if (why !== undefined) result.differences.push({ text, why, ours, theirs: their });
    result.counts[why !== undefined ? "different" : ours.values ? "same" : "refused"]++;
    if (why === undefined && JSON.stringify(ours.values ?? {}).includes(`"${SECRET_PLACEHOLDER}"`))
      result.counts.encrypted++;
  }
  return result;
}

/**
 * What we refuse and Pulumi reads: a file of which it silently leaves out the rest, one of which it takes one of two
 * values by chance, and what YAML 1.2 forbids: names of anchors, lines in brackets and quotes that are indented too little.
 */
function isStricter(ours: Reading, theirs: Reading): boolean {
  if (ours.values || !theirs.values) return false;
  return theirs.rest !== undefined || STRICTER.some((what) => ours.error?.includes(what));
}

const STRICTER = [
  TWICE_BY_PREFIX,
  ANCHOR_NAME,
  NOT_A_NUMBER,
  NO_KEY,
  QUESTION_MARK,
  ...Object.values(TIGHT),
  "Block collections are not allowed within flow",
  "must be sufficiently indented",
  "Missing closing",
];

function differ(ours: Reading, theirs: Reading): string | undefined {
  if (!ours.values && !theirs.values) return undefined;
  if (!ours.values) return "Pulumi reads it, we refuse it";
  if (!theirs.values) return "we read it, Pulumi refuses it";
  return isDeepStrictEqual(ours.values, theirs.values) ? undefined : "other values";
}

function readWithOurs(text: string): Reading {
  try {
    return { values: parseStackFile(text, "Pulumi.test.yaml").values };
  } catch (error) {
    if (error instanceof ConfigError) return { error: error.message };
    throw error;
  }
}

function readWithSdk(texts: readonly string[], program: string): Reading[] {
  const input = texts.map((text) => JSON.stringify(text)).join("\n");
  const { status, stdout, stderr } = spawnSync(program, [PROJECT], {
    input,
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  const lines = stdout.trimEnd().split("\n");
  return lines.map((line) => {
    const { values, error, rest, elsewhere }: Answer = JSON.parse(line);
    if (error !== undefined) return { error };
    const own = Object.entries(values ?? {}).filter(([key]) => key.startsWith(`${PROJECT}:`));
    return {
      values: Object.fromEntries(
        own.map(([key, text]) => [
          key.slice(PROJECT.length + 1),
          withPlaceholders(decrypted(text) ?? fromText(text)),
        ]),
      ),
      rest,
      elsewhere,
    };
  });
}

/** What the program says of a text. */
interface Answer extends Omit<Reading, "values"> {
  values?: Record<string, string>;
}

/** A key that is encrypted as a whole. */
function decrypted(text: string): string | undefined {
  return text.startsWith(DECRYPTED) ? text : undefined;
}

/** How the program shows what it would decrypt. */
const DECRYPTED = "decrypted:";

function withPlaceholders(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(DECRYPTED) ? SECRET_PLACEHOLDER : value;
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlaceholders(item)]));
}
