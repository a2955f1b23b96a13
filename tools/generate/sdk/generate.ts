import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../dev/cluster/folders";
import { engineEnvironment, engineHome, prepareHome } from "../../dev/engine/home";
import { runPulumi } from "../../dev/engine/pulumi";
import { linkElasticProvider } from "../../dev/engine/terraform";
import { ensureTools } from "../../dev/toolchain/ensure";
import { elasticstackDeclaration } from "./declaration";

/** The committed SDK. */
export const SDK_FOLDER = join(checkout, "sdks", "elasticstack");

/**
 * Writes the SDK into a new folder, from the schema of the real provider. Nothing is fetched but tools that the toolchain
 * lacks: the bridge finds the provider in the engine's home.
 * @throws Error with the program's output where the schema can't be read or no SDK be made of it.
 */
export async function generateSdk(folder: string): Promise<void> {
  const { "pulumi-gen-nodejs": generator } = await ensureTools(["pulumi-gen-nodejs"]);
  const schema = await readSchema();
  await new Promise<void>((resolve, reject) => {
    const child = spawn(generator, [folder], { stdio: ["pipe", "ignore", "pipe"] });
    let problem = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      problem += text;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(problem))));
    child.stdin.end(schema);
  });
}

/** The package's schema as `pulumi package get-schema` prints it. */
async function readSchema(): Promise<string> {
  const { source, version, parameters } = elasticstackDeclaration();
  const home = engineHome(`sdk-${process.pid}`);
  // Not in the checkout: the CLI would read its Pulumi.yaml and look for the packages that it names.
  const cwd = mkdtempSync(join(tmpdir(), "security-stack-sdk-"));
  try {
    await prepareHome(home, checkout);
    await linkElasticProvider(home);
    const args = ["package", "get-schema", `${source}@${version}`, "--", ...parameters];
    const options = { program: join(home.bin, "pulumi"), cwd, env: engineEnvironment(home), quiet: true };
    const { code, stdout, stderr } = await runPulumi(args, options);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}:\n${stderr || stdout}`);
    return stdout;
  } finally {
    for (const made of [home.folder, cwd]) rmSync(made, { recursive: true, force: true });
  }
}

/** Hash of every generated file below a folder, by its path there; what npm and the compiler put there is left out. */
export function fingerprints(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !/^(bin|node_modules)\//.test(name))
    .sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}
