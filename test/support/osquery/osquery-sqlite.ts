import { createHash } from "node:crypto";
import initSqlJs, { type Database } from "sql.js";
import image from "./osquery-tables-5.17.0.json";
import containerfile from "./osquery-tables-5.23.1.json";

/** osquery's tables by version: that of the pinned image and that of the Containerfile. */
export const TABLE_SPECS: readonly { version: string; tables: Record<string, string> }[] = [
  image,
  containerfile,
];

/**
 * An SQLite, which is the parser that osquery has too, with osquery's tables, empty, and those of its own SQL
 * functions that the packs call (osquery/sql/sqlite_string.cpp, sqlite_hashing.cpp).
 */
export async function openOsquery(tables: Record<string, string>): Promise<Database> {
  const sqlite = await initSqlJs();
  const database = new sqlite.Database();
  for (const [table, columns] of Object.entries(tables))
    database.run(`CREATE TABLE "${table}" (${quoteNames(columns)})`);
  database.create_function("regex_match", regexMatch);
  database.create_function("sha256", sha256);
  return database;
}

// "key", "index" and "group" are column names in osquery and words of SQL.
function quoteNames(columns: string): string {
  return columns.replace(/(\w+) (\w+)/g, '"$1" $2');
}

function regexMatch(input: string | null, pattern: string, group: number): string | null {
  return input === null ? null : (new RegExp(pattern).exec(input)?.[group] ?? null);
}

function sha256(input: string | null): string | null {
  return input === null ? null : createHash("sha256").update(input).digest("hex");
}
