import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { generatedDocs } from "./generated-pages";

const ROOT = path.join(__dirname, "..", "..");

/** `npm run docs`: writes every generated page that is stale. */
export function main(args: readonly string[]): number {
  new Command("npm run docs")
    .description(
      "Regenerates the config reference, the JSON Schema of the stack config and the table of OCSF classes in docs/.",
    )
    .parse(args, { from: "user" });
  for (const [file, text] of Object.entries(generatedDocs())) {
    const target = path.join(ROOT, file);
    const before = fs.existsSync(target) ? fs.readFileSync(target, "utf8") : undefined;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    if (before !== text) fs.writeFileSync(target, text);
    console.log(`${before === text ? "unchanged" : "written  "} ${file}`);
  }
  return 0;
}
