import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Command } from "commander";
import { fingerprints, generateSdk, SDK_FOLDER } from "./generate";

/** `npm run sdk:elasticstack`: the files of the SDK are replaced, all of them; the next command compiles them. */
export async function main(args: readonly string[]): Promise<void> {
  new Command("npm run sdk:elasticstack")
    .description(
      "Regenerates sdks/elasticstack from the Elastic provider that Pulumi.yaml names, without reaching a registry.",
    )
    .parse(args, { from: "user" });
  const folder = mkdtempSync(join(tmpdir(), "security-stack-sdk-"));
  try {
    await generateSdk(folder);
    const files = Object.keys(fingerprints(folder)).length;
    rmSync(SDK_FOLDER, { recursive: true, force: true });
    cpSync(folder, SDK_FOLDER, { recursive: true });
    console.log(`${relative(process.cwd(), SDK_FOLDER)}: ${files} files`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
