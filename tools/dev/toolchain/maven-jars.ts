import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "./build";
import { runCommand } from "./command";
import { mavenError } from "./sources";
import { ToolchainError } from "./toolchain-error";
import type { MavenJars, Tool } from "./types";

/** Fetches artifacts with what they need at run time, and checks the hash of all jars together. */
export async function fetchMavenJars(
  tool: Tool,
  source: MavenJars,
  { work, log, settings }: BuildContext,
): Promise<string> {
  const folder = join(work, tool.name);
  const project = join(work, "pom.xml");
  await mkdir(folder);
  await writeFile(project, pom(source.artifacts));
  const args = ["-B", "-ntp", "-f", project, "dependency:copy-dependencies", "-DincludeScope=runtime"];
  const result = await runCommand("mvn", [...args, `-DoutputDirectory=${folder}`], {
    cwd: work,
    env: settings.env,
    logFile: log,
  });
  if (result.code !== 0) {
    const missing = result.code === -1;
    throw new ToolchainError(
      `${tool.name} ${tool.version} could not be fetched: ${missing ? "mvn was not found" : mavenError(result.stdout)}`,
      missing ? `PATH=${settings.env["PATH"] ?? ""}` : log,
      missing
        ? "install Maven 3 and a JDK >= 17"
        : "read the log, see that Maven reaches its repository, run it again",
    );
  }
  await rm(project);
  const found = await hashOf(folder);
  if (found !== source.sha256)
    throw new ToolchainError(
      `${tool.name}: the jars of ${source.artifacts.join(", ")} are not the pinned ones: sha256 ${found}, pinned ${source.sha256}`,
      folder,
      "remove them from the local Maven repository and run it again",
    );
  return source.artifacts.join(", ");
}

async function hashOf(folder: string): Promise<string> {
  const all = createHash("sha256");
  for (const name of (await readdir(folder)).sort()) {
    const one = createHash("sha256").update(await readFile(join(folder, name)));
    all.update(`${name} ${one.digest("hex")}\n`);
  }
  return all.digest("hex");
}

function pom(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    "<modelVersion>4.0.0</modelVersion>",
    "<groupId>security-stack</groupId><artifactId>toolchain</artifactId><version>1</version>",
    `<dependencies>${dependencies.join("")}</dependencies>`,
    "</project>",
  ].join("\n");
}
