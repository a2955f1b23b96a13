import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "./command";
import { which } from "./path-lookup";
import { ToolchainError } from "./toolchain-error";

/** What Elasticsearch 9.4 is compiled for (java.version in its plugin-descriptor.properties). It runs on 25 too. */
export const OLDEST_JDK = 21;
const JVM_FOLDER = "/usr/lib/jvm";

/**
 * Home of a JDK that runs the pinned Elasticsearch and compiles the plugin of the tests: JAVA_HOME, then `java` on
 * PATH, then what the system has installed.
 * @throws ToolchainError where none is new enough or has a compiler.
 */
export async function findJavaHome(
  env: NodeJS.ProcessEnv = process.env,
  jvmFolder = JVM_FOLDER,
): Promise<string> {
  const onPath = which("java", (env["PATH"] ?? "").split(":"));
  const homes = [
    ...(env["JAVA_HOME"] ? [env["JAVA_HOME"]] : []),
    ...(onPath ? [dirname(dirname(realpathSync(onPath)))] : []),
    ...installedHomes(jvmFolder),
  ];
  const seen: string[] = [];
  for (const home of new Set(homes.filter((home) => existsSync(join(home, "bin", "java"))))) {
    const { stdout, stderr } = await runCommand(join(home, "bin", "java"), ["-version"], { env });
    const major = Number(/version "(\d+)/.exec(stdout + stderr)?.[1]);
    const compiles = existsSync(join(home, "bin", "javac"));
    if (major >= OLDEST_JDK && compiles) return home;
    if (major) seen.push(`${home} is ${major}${compiles ? "" : ", without a compiler"}`);
  }
  throw new ToolchainError(
    `Elasticsearch needs a JDK of version ${OLDEST_JDK} or later, and none was found`,
    seen.length > 0 ? seen.join("; ") : `JAVA_HOME, PATH and ${jvmFolder}`,
    "install one (a package of temurin-25-jdk or openjdk-21-jdk-headless, or from https://adoptium.net) or set JAVA_HOME to it",
  );
}

function installedHomes(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
