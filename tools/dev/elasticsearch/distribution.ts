import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ELASTIC_VERSION } from "../../../components/core/tables/pins";
import { removeFolder, withToolLock, workFolder } from "../toolchain/cache";
import { runCommand } from "../toolchain/command";
import { ensureTools } from "../toolchain/ensure";
import { OLDEST_JDK } from "../toolchain/java";
import { type Settings, settingsFromEnvironment } from "../toolchain/settings";
import { ToolchainError } from "../toolchain/toolchain-error";

const SOURCES = join(__dirname, "plugin");
const DESCRIPTOR = "plugin-descriptor.properties";
const TOOL = { name: "elasticsearch-with-plugin" };

/**
 * Folder of the pinned Elasticsearch with the plugin that the tests add to it (plugin/TestServerPlugin.java says
 * what and why). Compiled once, in seconds, and kept in the tool cache by the hash of its sources; the distribution's
 * files are hard links, which cost no space.
 * @param javaHome JDK whose compiler is used.
 * @throws ToolchainError with the compiler's message.
 */
export async function ensureDistribution(
  javaHome: string,
  settings: Settings = settingsFromEnvironment(),
): Promise<string> {
  const { elasticsearch } = await ensureTools(["elasticsearch"], settings);
  const folder = join(settings.cacheRoot, "tools", TOOL.name, keyOf(elasticsearch));
  if (existsSync(folder)) return folder;
  return withToolLock(TOOL, settings, async () => {
    if (existsSync(folder)) return folder;
    const step = settings.report.start(`compiling the plugin of the tests' Elasticsearch ${ELASTIC_VERSION}`);
    const work = await workFolder(TOOL, settings);
    try {
      const home = join(work, "home");
      await addPlugin(elasticsearch, home, work, javaHome);
      await mkdir(join(folder, ".."), { recursive: true });
      await rename(home, folder);
      step.done(`plugin of the tests' Elasticsearch ${ELASTIC_VERSION}`);
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
function keyOf(distribution: string): string {
  const hash = createHash("sha256").update(distribution);
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return `${ELASTIC_VERSION}-${hash.digest("hex").slice(0, 12)}`;
}

async function addPlugin(distribution: string, home: string, work: string, javaHome: string): Promise<void> {
  await run("cp", ["-al", distribution, home]);
  const plugin = join(home, "plugins", "test-server");
  const classes = join(work, "classes");
  await mkdir(plugin, { recursive: true });
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith(".java"));
  await run(join(javaHome, "bin", "javac"), [
    ...["--release", String(OLDEST_JDK), "-Xlint:all", "-Werror"],
    ...["-cp", join(home, "lib", "*"), "-d", classes],
    ...sources.map((name) => join(SOURCES, name)),
  ]);
  await addService(classes);
  const jar = join(plugin, "test-server.jar");
  await run(join(javaHome, "bin", "jar"), ["--create", "--file", jar, "-C", classes, "."]);
  const descriptor = readFileSync(join(SOURCES, DESCRIPTOR), "utf8");
  await writeFile(join(plugin, DESCRIPTOR), descriptor.replaceAll("@VERSION@", ELASTIC_VERSION));
}

/** The server finds providers of settings as Java's services, not through the plugin's class. */
async function addService(classes: string): Promise<void> {
  const services = join(classes, "META-INF", "services");
  await mkdir(services, { recursive: true });
  const service = "org.elasticsearch.reservedstate.ReservedStateHandlerProvider";
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
