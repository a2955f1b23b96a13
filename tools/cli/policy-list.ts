import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { ENVIRONMENTS } from "../../components/core/config/policy-level";

import { newTable } from "../dev/table";
import { policiesPage, policyRows } from "../generate/policy-page";

/** The page that holds the same table. */
export const PAGE = path.join(__dirname, "..", "..", "docs", "policies.md");

/** `npm run policy:list`: the table of policies. */
export function main(args: readonly string[]): number {
  const { json, write } = new Command("npm run policy:list --")
    .description("Prints the policies with severity, level by environment and framework references.")
    .option("--json", "as data")
    .option("--write", "into docs/policies.md as well")
    .parse(args, { from: "user" })
    .opts<{ json?: true; write?: true }>();
  const rows = policyRows();
  if (json) console.log(JSON.stringify(rows, null, 2));
  else printTable(rows);
  if (write) {
    fs.writeFileSync(PAGE, policiesPage());
    console.error(`written ${path.relative(process.cwd(), PAGE)}`);
  }
  return 0;
}

function printTable(rows: ReturnType<typeof policyRows>): void {
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
}
