import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { checkout, checkoutFolder } from "../cluster/folders";
import { ensureTools } from "../toolchain/ensure";

/** The files of one Pulumi engine of our own: nothing of the user's ~/.pulumi is read or written. */
export interface EngineHome {
  folder: string;
  lock: string;
  /** First on PATH: the engine, its language host, and the `node` that runs these tools. */
  bin: string;
  /** PULUMI_HOME. */
  home: string;
  /** The backend: stack state as files. */
  state: string;
  passphrase: string;
  /** Names the cluster whose objects the state agrees with, since the last update of it succeeded. */
  note: string;
}

/** What a stack of ours needs to run. */
export const engineTools = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes"] as const;
/** All that an engine starts, each by a path in its folder. */
export const enginePrograms = [
  ...engineTools,
  "pulumi-resource-terraform-provider",
  "pulumi-resource-aws",
  "terraform-provider-elasticstack",
  "pulumi-analyzer-policy",
  "pulumi-resource-pulumi-nodejs",
  "node",
];
type EngineTool = (typeof engineTools)[number];

/** The folder of an engine; engines of different names share nothing. */
export function engineHome(name: string, directory: string = checkout): EngineHome {
  const engines = join(checkoutFolder(directory), "engines");
  const folder = join(engines, name);
  return {
    folder,
    lock: join(engines, `${name}.lock`),
    bin: join(folder, "bin"),
    home: join(folder, "home"),
    state: join(folder, "state"),
    passphrase: join(folder, "passphrase"),
    note: join(folder, "agrees-with"),
  };
}

/** The engines this checkout has a folder of. */
export function engineNames(directory: string = checkout): string[] {
  const engines = join(checkoutFolder(directory), "engines");
  if (!existsSync(engines)) return [];
  const entries = readdirSync(engines, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith(".lock"))
    .map((entry) => entry.name);
}

/** Makes the folder ready: tools linked, plugins where the engine looks for them, a passphrase of its own. */
export async function prepareHome(engine: EngineHome, directory: string): Promise<void> {
  for (const folder of [engine.folder, engine.bin, engine.home, engine.state])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(engine.passphrase))
    writeFileSync(engine.passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
  linkTools(engine, await ensureTools(engineTools), directory);
}

/**
 * The environment of the engine and of everything it starts. The user's own PULUMI_ settings are left out: a login, another
 * backend or a default stack must not reach the embedded cluster's stack, nor the other way round. So are the variables by
 * which the Elastic provider is told another server than the program names: they beat what the program says
 * (terraform-provider-elasticstack 0.16.2, internal/clients/config).
 */
export function engineEnvironment(engine: EngineHome, kubeconfigPath?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PULUMI|ELASTICSEARCH|KIBANA|FLEET)_/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${engine.bin}:${process.env.PATH ?? ""}`,
    KUBECONFIG: kubeconfigPath,
    PULUMI_HOME: engine.home,
    PULUMI_BACKEND_URL: `file://${engine.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: engine.passphrase,
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    // All plugins come from the toolchain. The engine would ask the network for that of every SDK in node_modules, used or not.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // By default four a core: most of them wait for the cluster.
    PULUMI_PARALLEL: "64",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_CHECKPOINT_BACKUPS: "true",
  };
}

/**
 * Links rather than PATH entries of the tools' own folders, since such a folder (/usr/local/bin, say) can hold another `node`.
 * The engine takes its language host from beside its own file and providers from its plugin folder; for what it finds on PATH
 * instead it warns, at every resource. So the CLI itself is no symbolic link: it would look beside the link's target.
 */
function linkTools(engine: EngineHome, tools: Record<EngineTool, string>, directory: string): void {
  link(process.execPath, join(engine.bin, "node"));
  for (const [name, program] of Object.entries(tools)) {
    if (name === "pulumi") place(program, join(engine.bin, name));
    else if (name.startsWith("pulumi-resource-")) linkPlugin(engine, name, program, directory);
    else for (const file of family(program)) link(file, join(engine.bin, basename(file)));
  }
}

/** The program and the helper scripts that come beside it (policy packs and dynamic providers start through them). */
function family(program: string): string[] {
  const folder = dirname(program);
  const helpers = readdirSync(folder).filter((name) =>
    /^pulumi-(analyzer|resource-pulumi|language)-/.test(name),
  );
  return [program, ...helpers.map((name) => join(folder, name))];
}

/** Puts the provider of an SDK of the project where the engine looks for it. */
export function linkPlugin(engine: EngineHome, name: string, program: string, directory: string): void {
  const kind = name.slice("pulumi-resource-".length);
  const { version } = createRequire(join(directory, "package.json"))(`@pulumi/${kind}/package.json`) as {
    version: string;
  };
  const folder = join(engine.home, "plugins", `resource-${kind}-v${version}`);
  mkdirSync(folder, { recursive: true });
  link(program, join(folder, name));
}

/** A symbolic link, replaced where it leads elsewhere. */
export function link(target: string, file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(file) === target) return;
  rmSync(file, { force: true });
  symlinkSync(target, file);
}

/** A hard link; a copy where the file system has none. */
function place(target: string, file: string): void {
  const [wanted, found] = [statSync(target), statSync(file, { throwIfNoEntry: false })];
  if (found && (found.ino === wanted.ino || (found.size === wanted.size && found.mtimeMs >= wanted.mtimeMs)))
    return;
  rmSync(file, { force: true });
  try {
    linkSync(realpathSync(target), file);
  } catch {
    copyFileSync(target, file);
  }
}

/** The project's name, from its Pulumi.yaml. */
export function projectName(directory: string): string {
  const name = /^name:\s*["']?([^\s"'#]+)/m.exec(readFileSync(join(directory, "Pulumi.yaml"), "utf8"))?.[1];
  if (!name) throw new Error(`${join(directory, "Pulumi.yaml")} has no name.`);
  return name;
}
