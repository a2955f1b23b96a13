import * as fs from "node:fs";
import * as path from "node:path";
import { generatedDocs } from "./generated";

const ROOT = path.join(__dirname, "..", "..");

for (const [file, text] of Object.entries(generatedDocs())) {
  const target = path.join(ROOT, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const before = fs.existsSync(target) ? fs.readFileSync(target, "utf8") : undefined;
  if (before !== text) fs.writeFileSync(target, text);
  console.log(`${before === text ? "unchanged" : "written  "} ${file}`);
}
