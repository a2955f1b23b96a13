import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import type { Container, Volume } from "kubernetes-types/core/v1";
import { Fault } from "../dev/cluster/fault";
import { planStack } from "./plan";

const SENSOR = "falco";

/** A container of the plan with the files that its pod mounts from ConfigMaps. */
export interface PlannedContainer {
  image: string;
  command: readonly string[];
  /** Each ConfigMap by the folder in which the container finds it. */
  folders: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Falco's container as a stack deploys it.
 * @throws ConfigError where the stack's config is invalid, Fault where Falco is off in it
 */
export function plannedFalco(stack: string): PlannedContainer {
  const feature = planStack(stack).features.find(({ name }) => name === SENSOR);
  const manifests = feature?.contribution.manifests ?? [];
  const daemonSet = manifests.find((object) => object.kind === "DaemonSet");
  const spec = daemonSet?.kind === "DaemonSet" ? daemonSet.spec?.template.spec : undefined;
  const container = spec?.containers.find(({ name }) => name === SENSOR);
  if (!spec || !container?.image)
    throw new Fault(`Falco is off in the stack ${stack}.`, {
      fix: `Name another stack, or switch it on: npm run feature -- falco on --stack ${stack}`,
    });
  const configMaps = new Map(
    manifests.flatMap((object) =>
      object.kind === "ConfigMap" ? [[object.metadata.name, object.data ?? {}] as const] : [],
    ),
  );
  return {
    image: container.image,
    command: [...(container.command ?? []), ...(container.args ?? [])],
    folders: foldersOf(container, spec.volumes ?? [], configMaps),
  };
}

function foldersOf(
  { volumeMounts = [] }: Container,
  volumes: readonly Volume[],
  configMaps: ReadonlyMap<string, Record<string, string>>,
): PlannedContainer["folders"] {
  const mounted = volumeMounts.flatMap(({ name, mountPath }) => {
    const map = volumes.find((volume) => volume.name === name)?.configMap?.name;
    const data = map === undefined ? undefined : configMaps.get(map);
    return data ? [[mountPath, data] as const] : [];
  });
  return Object.fromEntries(mounted);
}

/**
 * Arguments of `docker` for a dry run: Falco reads its configuration, loads its plugins and compiles every rule, then
 * ends without opening the kernel probe (falcosecurity/falco, userspace/falco/app/actions: `--dry-run`). No network, no
 * capability, nothing writable.
 * @param folder with a subfolder for each mounted folder, in their order
 */
export function dryRunArguments({ image, command, folders }: PlannedContainer, folder: string): string[] {
  const [program = "", ...args] = command;
  const mounts = Object.keys(folders).flatMap((mountPath, index) => [
    "--volume",
    `${path.join(folder, String(index))}:${mountPath}:ro`,
  ]);
  return [
    ...["run", "--rm", "--network", "none", "--cap-drop", "ALL", "--read-only", ...mounts],
    ...["--entrypoint", program, image, ...args, "--dry-run"],
  ];
}

/** Readable by root without capabilities, whatever the umask. */
function writeFolders({ folders }: PlannedContainer, folder: string): void {
  for (const [index, files] of Object.values(folders).entries()) {
    const target = path.join(folder, String(index));
    fs.mkdirSync(target);
    fs.chmodSync(target, 0o755);
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(target, name), text);
      fs.chmodSync(path.join(target, name), 0o644);
    }
  }
}

/** `npm run falco:validate`: exit code 1 where Falco refuses its configuration or a rule. */
export function main(args: readonly string[]): number {
  const { stack } = new Command("npm run falco:validate --")
    .description(
      "Has the pinned Falco load the configuration and the rules of a stack, in Docker, without a kernel probe.",
    )
    .option("-s, --stack <name>", "stack whose rules are loaded", "dev")
    .parse(args, { from: "user" })
    .opts<{ stack: string }>();
  const container = plannedFalco(stack);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-falco-"));
  try {
    writeFolders(container, folder);
    console.log(`${container.image} loads the rules of the stack ${stack}:`);
    const { error, status } = spawnSync("docker", dryRunArguments(container, folder), { stdio: "inherit" });
    if (error)
      throw new Fault(`docker could not be started: ${error.message}`, {
        fix: "Install Docker, or have the pull request's workflow run this command.",
      });
    return status === 0 ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
