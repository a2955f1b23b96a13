import type { StoredDocument } from "./documents";

/** What the pipeline makes whatever a line holds: see `documentProcessor`. */
const MADE_BY_THE_PIPELINE = ["@timestamp", "event.id", "labels", "orchestrator"];

/** Values that a hostile or broken program may have written. */
const ODD: readonly unknown[] = [
  ...["", " ", "\u0000", "x".repeat(5000), "\uD800", "../../etc/passwd", "/", "1.2.3.4.5", "::1", "-1"],
  ...[0, -1, 1.5, 2 ** 53, 1e308, true, false, null],
  ...[[], [null], [{}], ["T1611", 7, { a: 1 }], {}, { "a.b": { c: [] } }],
  ...["2026-13-45", "9".repeat(30), "__proto__", "constructor"],
];

/** The same numbers for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A document with some of its fields gone or odd, but for those that the pipeline makes itself. */
export function distorted(document: StoredDocument, random: () => number): StoredDocument {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const copy = structuredClone(document);
  const change = (object: StoredDocument, prefix: string) => {
    for (const [name, value] of Object.entries(object)) {
      const full = prefix + name;
      if (MADE_BY_THE_PIPELINE.includes(full)) continue;
      if (full === "event") {
        change(value as StoredDocument, "event.");
        continue;
      }
      const chance = random();
      if (chance < 0.08) delete object[name];
      else if (chance < 0.2) object[name] = structuredClone(pick(ODD));
      else if (typeof value === "object" && value !== null) change(value as StoredDocument, `${full}.`);
    }
  };
  change(copy, "");
  return copy;
}
