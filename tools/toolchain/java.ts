import { readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "./command";
import { ToolchainError } from "./errors";
import { which } from "./path-lookup";

const OLDEST = 17;
/** From 24 on the JDK has no security manager, which the pinned Elasticsearch still asks for on older JDKs. */
const NEWEST = 23;
const JVM_FOLDER = "/usr/lib/jvm";

/** Home of a JDK that runs the pinned Elasticsearch: JAVA_HOME, then `java` on PATH, then what the system has installed. */
export async function findJavaHome(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const onPath = which("java", (env["PATH"] ?? "").split(":"));
  const homes = [
    ...(env["JAVA_HOME"] ? [env["JAVA_HOME"]] : []),
    ...(onPath ? [dirname(dirname(realpathSync(onPath)))] : []),
    ...installedHomes(),
  ];
  const seen: string[] = [];
  for (const home of new Set(homes)) {
    const { stdout, stderr } = await runCommand(join(home, "bin", "java"), ["-version"], { env });
    const major = Number(/version "(\d+)/.exec(stdout + stderr)?.[1]);
    if (major >= OLDEST && major <= NEWEST) return home;
    if (major) seen.push(`${home} is ${major}`);
  }
  throw new ToolchainError(
    `Elasticsearch needs a JDK of version ${OLDEST} to ${NEWEST}, and none was found`,
    seen.length > 0 ? seen.join(", ") : `JAVA_HOME, PATH and ${JVM_FOLDER}`,
    "install one (Debian: apt-get install openjdk-17-jdk-headless) or set JAVA_HOME to it",
  );
}

function installedHomes(): string[] {
  try {
    return readdirSync(JVM_FOLDER).map((name) => join(JVM_FOLDER, name));
  } catch {
    return [];
  }
}
