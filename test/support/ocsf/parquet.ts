import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../../components/documents/ocsf/document-reader";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";

type Json = Record<string, unknown>;

/** A file as pyarrow reads it. */
export interface ParquetFile {
  name: string;
  columns: string[];
  types: string[];
  codecs: string[];
  rowGroups: number;
  rows: Json[];
}

/** Reads files by an implementation that has nothing to do with the one that wrote them. */
export async function readParquet(files: readonly string[]): Promise<ParquetFile[]> {
  const { pyarrow } = await ensureTools(["pyarrow"]);
  const { status, stdout, stderr } = spawnSync("python3", [path.join(__dirname, "parquet-rows.py")], {
    input: files.join("\n"),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONPATH: pyarrow, PYTHONDONTWRITEBYTECODE: "1" },
  });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ParquetFile);
}

/** Asserts that a row has all that an event has, each value in its column or in `unmapped`, and nothing else. */
export function assertRowHas(row: Json, event: Json): void {
  const { unmapped: texts, ...columns } = wellFormed(row) as Json;
  const { unmapped, ...fields } = wellFormed(event) as Json;
  const rest = { ...(texts as Record<string, string> | null) };
  assertSame(columns, fields, rest, "");
  takeTexts(rest, "", unmapped ?? {});
  assert.deepEqual(rest, {}, "the event has no such fields");
}

function assertSame(cell: unknown, value: unknown, rest: Json, place: string): void {
  if (value === undefined || value === null) assert.equal(cell ?? null, null, place);
  else if (cell === undefined || cell === null) takeTexts(rest, place, value);
  else if (typeof cell === "string") assert.ok(says(cell, value), `${place}: ${cell}`);
  else if (Array.isArray(cell)) {
    assert.ok(Array.isArray(value) && value.length === cell.length, place);
    for (const [i, one] of cell.entries()) assertSame(one, value[i], rest, below(place, String(i)));
  } else if (isObject(cell)) {
    assert.ok(isObject(value), place);
    for (const name of new Set([...Object.keys(cell), ...Object.keys(value)]))
      assertSame(cell[name], value[name], rest, below(place, name));
  } else assert.equal(cell, value, place);
}

/** Whether a text is a value, or the value in JSON. */
function says(text: unknown, value: unknown): boolean {
  if (typeof text !== "string") return false;
  return text === value || isDeepStrictEqual(wellFormed(parsed(text)), value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Takes the texts of a value out of those of `unmapped`. */
function takeTexts(rest: Json, place: string, value: unknown): void {
  if (isObject(value) && (place === "" || Object.keys(value).length > 0)) {
    for (const [name, one] of Object.entries(value)) takeTexts(rest, below(place, name), one);
    return;
  }
  const key = [place, `${place}.`].find((one) => says(rest[one], value));
  assert.ok(key !== undefined, `${place}: ${JSON.stringify(value)} is in no column, and not in unmapped`);
  delete rest[key];
}

function below(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

/** UTF-8 has no half of a pair of surrogates: it becomes the sign for what can't be written. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [Buffer.from(name).toString(), wellFormed(one)]),
  );
}
