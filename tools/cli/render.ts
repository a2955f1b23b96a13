import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import { parseAllDocuments } from "yaml";
import { STATE_AT_THE_END } from "../dev/engine/left-behind";
import { LocalStack } from "../dev/engine/local-stack";
import { definedKinds, noteWave, waveOf } from "./sync-waves";

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

export interface Rendered {
  /** Written, relative to the folder. */
  files: string[];
  /** Secrets, which are not written: "namespace/name". */
  secrets: string[];
}

/**
 * Writes the manifests of a stack as YAML: the real engine, program and provider in render mode, with a
 * state of their own. No cluster is needed. The provider writes Secrets in clear, into a folder that only this user can
 * read and that is removed; they are left out of what is kept.
 * @throws Error with the engine's output where the program fails.
 */
export async function render(options: RenderOptions): Promise<Rendered> {
  const { stack, configFile = path.join(ROOT, `Pulumi.${stack}.yaml`), directory } = options;
  const all = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-render-"));
  const local = new LocalStack({
    stack: "render",
    engine: `render-${process.pid}`,
    configFile,
    // The provider would look for a kubeconfig in the home folder: rendering must not reach the user's cluster.
    env: { ...STATE_AT_THE_END, [RENDER_DIRECTORY]: all, HOME: os.tmpdir() },
  });
  try {
    const result = await local.run("up", ["--yes", "--skip-preview"], true);
    if (result.code !== 0) throw new Error(result.stdout + result.stderr);
    return copyWithoutSecrets(all, directory);
  } finally {
    fs.rmSync(all, { recursive: true, force: true });
    // A state that knows of rendered files would compare the next run with them instead of writing everything.
    fs.rmSync(local.home.folder, { recursive: true, force: true });
  }
}

/**
 * Copies rendered manifests to a folder, which is emptied first, each with its wave for Argo CD, and leaves out the Secrets.
 */
export function copyWithoutSecrets(all: string, directory: string): Rendered {
  fs.rmSync(directory, { recursive: true, force: true });
  const rendered: Rendered = { files: [], secrets: [] };
  const files = fs.readdirSync(all, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".yaml"));
  const read = files.sort().map((file) => {
    const text = fs.readFileSync(path.join(all, file), "utf8");
    const documents = [...parseAllDocuments(text)];
    return {
      file,
      text,
      documents,
      manifests: documents.map((document) => document.toJS() as Manifest | null),
    };
  });
  const defined = definedKinds(read.flatMap(({ manifests }) => manifests));
  for (const { file, text, documents, manifests } of read) {
    const secrets = manifests.filter(isSecret);
    if (secrets.length > 0) {
      rendered.secrets.push(...secrets.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`));
      continue;
    }
    const noted = documents.filter(
      (document, index) => manifests[index] && noteWave(document, waveOf(manifests[index], defined)),
    );
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    const whole = documents.map((document) => document.toString(AS_READ)).join("---\n");
    fs.writeFileSync(path.join(directory, file), noted.length > 0 ? whole : text);
    rendered.files.push(file);
  }
  return rendered;
}

/** Long texts are not folded into lines. */
const AS_READ = { lineWidth: 0 };

interface Manifest {
  kind?: string;
  metadata?: { namespace?: string; name?: string };
}

function isSecret(manifest: Manifest | null): manifest is Manifest {
  return manifest?.kind === "Secret";
}

/** `npm run render`: manifests into rendered/<stack>, for GitOps, without the Secrets, which it lists. */
export async function main(args: readonly string[]): Promise<number> {
  const options = new Command("npm run render --")
    .description("Writes the manifests of a stack as YAML files, for GitOps or review. Needs no cluster.")
    .option("-s, --stack <name>", "stack whose config is read", "dev")
    .option("-o, --output <folder>", "folder to write to; it is emptied first (default: rendered/<stack>)")
    .parse(args, { from: "user" })
    .opts<{ stack: string; output?: string }>();
  const directory = path.resolve(options.output ?? path.join(ROOT, "rendered", options.stack));
  const { files, secrets } = await render({ stack: options.stack, directory });
  console.log(`${files.length} manifests in ${path.relative(process.cwd(), directory)}`);
  if (secrets.length > 0)
    console.log(
      `Left out, to be made in the cluster by other means: ${secrets.length} Secrets (${secrets.join(", ")}).`,
    );
  return 0;
}
