import { isScalar, parseDocument, visit } from "yaml";
import { BASES, LINES, SCALARS } from "./stack-file-oddities";

// Stack files as people and editors break them, made from valid ones: what the property test feeds to two readers.

/** Numbers from 0 to below `limit`, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

type Random = (limit: number) => number;

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** Puts another value where a scalar stands, keys now and then too. */
function replaceScalar(text: string, random: Random): string {
  const ranges: (readonly [number, number])[] = [];
  visit(parseDocument(text, { logLevel: "silent" }), {
    Scalar: (key, node) => {
      if (isScalar(node) && node.range && (key !== "key" || random(5) === 0))
        ranges.push([node.range[0], node.range[1]]);
    },
  });
  if (ranges.length === 0) return text;
  const [start, end] = pick(random, ranges);
  return text.slice(0, start) + pick(random, SCALARS) + text.slice(end);
}

function insertLine(text: string, random: Random): string {
  const lines = text.split("\n");
  // Between the keys of the config, or anywhere.
  const places = lines.flatMap((line, index) => (/^ {2}\S|^\S/.test(line) || random(6) === 0 ? [index] : []));
  lines.splice(pick(random, [...places, lines.length - 1]), 0, pick(random, LINES));
  return lines.join("\n");
}

function changeIndent(text: string, random: Random): string {
  const lines = text.split("\n");
  const at = random(lines.length);
  const line = lines[at] ?? "";
  lines[at] = random(2) === 0 ? ` ${line}` : line.replace(/^ /, "");
  return lines.join("\n");
}

function copyLine(text: string, random: Random): string {
  const lines = text.split("\n");
  const from = random(lines.length);
  lines.splice(random(lines.length), 0, lines[from] ?? "");
  return lines.join("\n");
}

function dropLine(text: string, random: Random): string {
  const lines = text.split("\n");
  lines.splice(random(lines.length), 1);
  return lines.join("\n");
}

function changeCharacter(text: string, random: Random): string {
  const at = random(text.length + 1);
  const drop = random(3) === 0 ? 1 : 0;
  const put = random(4) === 0 ? "" : pick(random, [..." :,-#{}[]&*!|>'\"%@`?\\\n\t~<=0a"]);
  return text.slice(0, at) + put + text.slice(at + drop);
}

function changeLineEnds(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n");
}

const MUTATIONS: readonly ((text: string, random: Random) => string)[] = [
  replaceScalar,
  replaceScalar,
  replaceScalar,
  replaceScalar,
  insertLine,
  insertLine,
  changeIndent,
  copyLine,
  dropLine,
  changeCharacter,
  changeCharacter,
];

/** `count` stack files, each one to three mutations away from a valid one; the same ones for the same seed. */
export function mutatedStackFiles(count: number, seed: number): string[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    let text = pick(random, BASES);
    for (let left = 1 + random(3); left > 0; left--) text = pick(random, MUTATIONS)(text, random);
    return random(20) === 0 ? changeLineEnds(text) : text;
  });
}
