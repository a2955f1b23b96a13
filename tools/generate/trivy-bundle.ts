import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { build } from "esbuild";

const FOLDER = path.join(__dirname, "..", "..", "components", "trivy", "reporter");

/** The committed program: what the ConfigMap of the reporter holds. */
export const BUNDLE_FILE = path.join(FOLDER, "bin", "reporter.js");

const BANNER = "// Made by `npm run trivy:bundle` from components/trivy/reporter: change that, not this.";

/** The reporter as one file for a stock Node image, readable so that it can be reviewed. */
export async function bundleReporter(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(FOLDER, "reporter-program.ts")],
    absWorkingDir: FOLDER,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    charset: "utf8",
    legalComments: "none",
    banner: { js: BANNER },
    write: false,
  });
  return outputFiles[0]!.text;
}

/** `npm run trivy:bundle`. */
export async function main(args: readonly string[]): Promise<void> {
  new Command("npm run trivy:bundle")
    .description("Regenerates the Trivy reporter's one-file program from components/trivy/reporter.")
    .parse(args, { from: "user" });
  const text = await bundleReporter();
  fs.mkdirSync(path.dirname(BUNDLE_FILE), { recursive: true });
  fs.writeFileSync(BUNDLE_FILE, text);
  console.log(`${path.relative(process.cwd(), BUNDLE_FILE)}: ${text.length} characters`);
}
