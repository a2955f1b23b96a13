import { CST, Lexer } from "yaml";

// What the `yaml` package reads and Go's yaml.v3 (a port of libyaml, YAML 1.1) does not. Pulumi refuses such a file, so it
// is refused here too. Source: gopkg.in/yaml.v3 v3.0.1, scannerc.go and readerc.go.

export interface SyntaxProblem {
  /** From 1. */
  line: number;
  what: string;
}

// No parser takes these, but for line breaks: some are breaks in YAML 1.1 and none in 1.2, and a lone CR the other way round.
const CHARACTER = /[^\P{Cc}\t\n\r]|[\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)/u;

/** The first character that Pulumi cannot read, or reads otherwise. */
export function findForeignCharacter(text: string): SyntaxProblem | undefined {
  const found = CHARACTER.exec(text);
  if (!found) return undefined;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return { line: lineAt(text, found.index), what: `the character U+${code}` };
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** What is found in the name of an anchor that ends where another parser's does not. */
export const ANCHOR_NAME = "an anchor or alias with other characters than letters, digits, _ and -";

/** Where the scanner is. */
interface State {
  /** Inside of how many brackets and braces. */
  brackets: number;
  /** Whether a key may begin here. */
  keyMayBegin: boolean;
  /** The document has begun: its end is no more than that. */
  begun: boolean;
  /** The last token, but for spaces, comments and ends of lines. */
  last: string;
  lastHasLines: boolean;
  /** On the line of a document's start: no map in lines may begin there. */
  onStartLine: boolean;
  /** Nothing was between a tag, or a colon after a text without quotes, and what follows. */
  tight: "tag" | "colon" | undefined;
}

const START: State = {
  brackets: 0,
  keyMayBegin: true,
  begun: false,
  last: "",
  lastHasLines: false,
  onStartLine: false,
  tight: undefined,
};

/** The first thing in a text that the `yaml` package can read and Pulumi cannot, or reads otherwise. */
export function findForeignSyntax(text: string): SyntaxProblem | undefined {
  let state: State = START;
  let offset = 0;
  for (const { kind, token } of tokensOf(text)) {
    // Nobody reads what comes after the first document.
    if (state.begun && (kind === "doc-end" || (kind === "doc-start" && offset > 0))) return undefined;
    const what = problemOf(kind, token, state);
    if (what !== undefined) return { line: lineAt(text, offset), what };
    state = after(kind, token, state);
    offset += token.length;
  }
  return undefined;
}

/** The lexer's tokens; before a plain text and a block of lines it has a mark that says so. */
function* tokensOf(text: string): Generator<{ kind: string; token: string }> {
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (!isScalar && (token === CST.DOCUMENT || token === CST.FLOW_END)) continue;
    if (!isScalar && token === CST.SCALAR) {
      isScalar = true;
      continue;
    }
    yield { kind: isScalar ? "scalar" : (CST.tokenType(token) ?? ""), token };
    isScalar = false;
  }
}

function problemOf(kind: string, token: string, state: State): string | undefined {
  if (kind === "space" && token.includes("\t") && state.brackets === 0 && state.keyMayBegin)
    return "a tab where only spaces indent";
  if (kind === "scalar" && state.brackets > 0 && token.includes("?")) return QUESTION_MARK;
  if (kind === "scalar" && state.brackets > 0 && token.startsWith(":"))
    return "a text without quotes inside of braces or brackets that begins with a colon";
  if (kind === "map-value-ind" && state.brackets > 0 && state.lastHasLines) return "a key of several lines";
  if (kind === "map-value-ind" && state.brackets === 0 && state.onStartLine)
    return "a map that begins on the line of ---";
  if (kind === "double-quoted-scalar" && /(?<!\\)(\\\\)*\\u[dD][89a-fA-F]/.test(token))
    return "a character written as two escapes (surrogates)";
  if ((kind === "anchor" || kind === "alias") && !/^.[\w-]+$/.test(token)) return ANCHOR_NAME;
  if (state.tight !== undefined && kind !== "space" && kind !== "newline") return TIGHT[state.tight];
  if (kind === "doc-end" && !state.begun) return "the end of a document that has not begun";
  return undefined;
}

/** What is found where a question mark may be one of a key. */
export const QUESTION_MARK = "a question mark in a text without quotes inside of braces or brackets";

/** What is found where a tag or a colon does not end for every parser. */
export const TIGHT = {
  tag: "a tag with nothing between it and what follows",
  colon: "a colon with nothing between it and what follows, inside of braces or brackets",
};

function after(kind: string, token: string, state: State): State {
  if (["space", "comment", "byte-order-mark"].includes(kind)) return { ...state, tight: undefined };
  if (kind === "newline") return { ...state, keyMayBegin: true, onStartLine: false, tight: undefined };
  const brackets = state.brackets + (OPENING.includes(kind) ? 1 : CLOSING.includes(kind) ? -1 : 0);
  const startsItem = ["seq-item-ind", "explicit-key-ind", "doc-start"].includes(kind);
  const isBareColon = kind === "map-value-ind" && state.brackets > 0 && state.last === "scalar";
  return {
    brackets: Math.max(0, brackets),
    // A block of text ends with its line.
    keyMayBegin: startsItem || (kind === "scalar" && token.endsWith("\n")),
    begun: true,
    last: kind,
    onStartLine: kind === "doc-start" || state.onStartLine,
    lastHasLines: /scalar$/.test(kind) && token.includes("\n"),
    tight: kind === "tag" ? "tag" : isBareColon ? "colon" : undefined,
  };
}

const OPENING = ["flow-map-start", "flow-seq-start"];
const CLOSING = ["flow-map-end", "flow-seq-end"];
