import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { toolNamed } from "../toolchain/all-tools";
import { removeFolder, withToolLock, workFolder } from "../toolchain/cache";
import { runCommand } from "../toolchain/command";
import { ensureTools } from "../toolchain/ensure";
import { OLDEST_JDK } from "../toolchain/java";
import { type Settings, settingsFromEnvironment } from "../toolchain/settings";
import { ToolchainError } from "../toolchain/toolchain-error";

const SOURCES = join(__dirname, "plugin");
const DESCRIPTOR = "plugin-descriptor.properties";
const TOOL = { name: "elasticsearch-with-plugin" };

/** The pinned Elasticsearch, or the one that an upgrade begins with. */
export type Distribution = "elasticsearch" | "elasticsearch-before";

/** The service by which the server finds providers of settings, by its major version. */
const SERVICES: Readonly<Record<string, string>> = {
  8: "org.elasticsearch.reservedstate.ReservedClusterStateHandlerProvider",
  9: "org.elasticsearch.reservedstate.ReservedStateHandlerProvider",
};

/**
 * Folder of an Elasticsearch with the plugin that the tests add to it (plugin/9/TestServerPlugin.java says
 * what and why). Compiled once, in seconds, and kept in the tool cache by the hash of its sources; the distribution's
 * files are hard links, which cost no space.
 * @param javaHome JDK whose compiler is used.
 * @throws ToolchainError with the compiler's message.
 */
export async function ensureDistribution(
  javaHome: string,
  settings: Settings = settingsFromEnvironment(),
  which: Distribution = "elasticsearch",
): Promise<string> {
  const elasticsearch = (await ensureTools([which], settings))[which];
  const { version } = toolNamed(which);
  const folder = join(settings.cacheRoot, "tools", TOOL.name, keyOf(elasticsearch, version));
  if (existsSync(folder)) return folder;
  return withToolLock(TOOL, settings, async () => {
    if (existsSync(folder)) return folder;
    const step = settings.report.start(`compiling the plugin of the tests' Elasticsearch ${version}`);
    const work = await workFolder(TOOL, settings);
    try {
      const home = join(work, "home");
      await addPlugin(elasticsearch, version, home, work, javaHome);
      await mkdir(join(folder, ".."), { recursive: true });
      await rename(home, folder);
      step.done(`plugin of the tests' Elasticsearch ${version}`);
      return folder;
    } catch (error) {
      step.fail("the plugin of the tests' Elasticsearch could not be compiled");
      throw error;
    } finally {
      await removeFolder(work);
    }
  });
}

/** All that decides what comes out. */
function keyOf(distribution: string, version: string): string {
  const hash = createHash("sha256").update(distribution);
  for (const file of [...sourcesOf(version), join(SOURCES, DESCRIPTOR)])
    hash.update(basename(file)).update(readFileSync(file));
  return `${version}-${hash.digest("hex").slice(0, 12)}`;
}

/** Those of every version, and those of its major one. */
function sourcesOf(version: string): string[] {
  return ["common", majorOf(version)].flatMap((part) => {
    const folder = join(SOURCES, part);
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  });
}

function majorOf(version: string): string {
  return version.split(".")[0]!;
}

async function addPlugin(
  distribution: string,
  version: string,
  home: string,
  work: string,
  javaHome: string,
): Promise<void> {
  await run("cp", ["-al", distribution, home]);
  const plugin = join(home, "plugins", "test-server");
  const classes = join(work, "classes");
  await mkdir(plugin, { recursive: true });
  await run(join(javaHome, "bin", "javac"), [
    ...["--release", String(OLDEST_JDK), "-Xlint:all", "-Werror"],
    ...["-cp", join(home, "lib", "*"), "-d", classes],
    ...sourcesOf(version),
  ]);
  await addService(classes, SERVICES[majorOf(version)]!);
  const jar = join(plugin, "test-server.jar");
  await run(join(javaHome, "bin", "jar"), ["--create", "--file", jar, "-C", classes, "."]);
  const descriptor = readFileSync(join(SOURCES, DESCRIPTOR), "utf8");
  await writeFile(join(plugin, DESCRIPTOR), descriptor.replaceAll("@VERSION@", version));
}

/** The server finds providers of settings as Java's services, not through the plugin's class. */
async function addService(classes: string, service: string): Promise<void> {
  const services = join(classes, "META-INF", "services");
  await mkdir(services, { recursive: true });
  await writeFile(join(services, service), "EmptyLifecycleSettings\n");
}

async function run(program: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await runCommand(program, args);
  if (code !== 0)
    throw new ToolchainError(
      `${program} ended with ${code}: ${(stdout + stderr).trim()}`,
      SOURCES,
      "if it is not the message of a compiler, see that the disk of the tool cache has room",
    );
}
