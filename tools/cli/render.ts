import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import { LocalStack } from "../dev/engine/local-stack";

const ROOT = path.join(__dirname, "..", "..");

/** What the program reads to write YAML instead of deploying; see index.ts. */
export const RENDER_DIRECTORY = "SECURITY_STACK_RENDER_DIRECTORY";

export interface RenderOptions {
  stack: string;
  /** Stack config; Pulumi.<stack>.yaml of the checkout by default. */
  configFile?: string;
  /** Emptied first, so that what is no longer deployed is no longer there. */
  directory: string;
}

/**
 * Writes every manifest of a stack as YAML: the real engine, program and provider in render mode, with a
 * state of their own. No cluster is needed.
 * @throws Error with the engine's output where the program fails.
 */
export async function render(options: RenderOptions): Promise<string[]> {
  const { stack, configFile = path.join(ROOT, `Pulumi.${stack}.yaml`), directory } = options;
  fs.rmSync(directory, { recursive: true, force: true });
  const local = new LocalStack({
    stack: "render",
    engine: `render-${process.pid}`,
    configFile,
    // The provider would look for a kubeconfig in the home folder: rendering must not reach the user's cluster.
    env: { [RENDER_DIRECTORY]: directory, HOME: os.tmpdir() },
  });
  try {
    const result = await local.run("up", ["--yes", "--skip-preview"], true);
    if (result.code !== 0) throw new Error(result.stdout + result.stderr);
  } finally {
    // A state that knows of rendered files would compare the next run with them instead of writing all anew.
    fs.rmSync(local.home.folder, { recursive: true, force: true });
  }
  return fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .sort();
}

/** `npm run render`: manifests into rendered/<stack>, for GitOps. Secrets are written in clear: see the message. */
export async function main(args: readonly string[]): Promise<number> {
  const options = new Command("npm run render --")
    .description("Writes the manifests of a stack as YAML files, for GitOps or review. Needs no cluster.")
    .option("-s, --stack <name>", "stack whose config is read", "dev")
    .option("-o, --output <folder>", "folder to write to; it is emptied first (default: rendered/<stack>)")
    .parse(args, { from: "user" })
    .opts<{ stack: string; output?: string }>();
  const directory = path.resolve(options.output ?? path.join(ROOT, "rendered", options.stack));
  const files = await render({ stack: options.stack, directory });
  console.log(`${files.length} manifests in ${path.relative(process.cwd(), directory)}`);
  const secrets = files.filter((file) => /(^|[/-])secret/i.test(file));
  if (secrets.length > 0)
    console.log(
      `${secrets.length} of them are Secrets in clear (${secrets.join(", ")}): do not commit those.`,
    );
  return 0;
}
