import * as fs from "node:fs";
import * as path from "node:path";
import { newTable } from "../table";
import { ENVIRONMENTS } from "./environment";
import { policiesPage, policyRows } from "./page";

/** The page that holds the same table. */
export const PAGE = path.join(__dirname, "..", "..", "docs", "policies.md");

/** `npm run policy:list`: the table of policies; with `--write` into docs/policies.md as well, with `--json` as data. */
export function main(args: readonly string[]): number {
  if (args.includes("--json")) {
    console.log(JSON.stringify(policyRows(), null, 2));
    return 0;
  }
  const rows = policyRows();
  const table = newTable([
    "policy",
    "severity",
    ...ENVIRONMENTS,
    "NIST CSF 2.0",
    "ISO 27001:2022",
    "CIS 1.12",
  ]);
  for (const row of rows) table.push([row.name, row.severity, ...row.levels, row.nist, row.iso, row.cis]);
  console.log(`${table.toString()}\n${rows.length} policies; what each asks for is in docs/policies.md`);
  if (args.includes("--write")) {
    fs.writeFileSync(PAGE, policiesPage());
    console.log(`written ${path.relative(process.cwd(), PAGE)}`);
  }
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
