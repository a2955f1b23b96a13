import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HttpClient } from "../../../components/node-program/http-client";
import { Fault } from "../cluster/fault";
import { removeFolder, withToolLock, workFolder } from "../toolchain/cache";
import { runCommand } from "../toolchain/command";
import { settingsFromEnvironment } from "../toolchain/settings";
import { containerdSocket } from "./config-files";
import { writeDockerArchive } from "./docker-archive";
import { parseReference } from "./images";
import { run } from "./run-command";
import { type StandIn, standInFor } from "./stand-ins";

/** An image of the node and where it came from. */
export interface ProvidedImage {
  reference: string;
  /** What it really is, where it is not the image of that name. */
  standIn?: string;
}

const ANSWER_MS = 5_000;
const NAMESPACE = "k8s.io";
const answering = new Map<string, Promise<boolean>>();

/** Where an image can be had: its registry, else put together here. */
export async function sourceOf(reference: string): Promise<"registry" | StandIn | undefined> {
  const { registry } = parseReference(reference);
  if (!answering.has(registry)) answering.set(registry, answers(registry));
  return (await answering.get(registry)) ? "registry" : standInFor(reference);
}

/** Any answer counts: registries ask for a login before they say more. Docker Hub's API has another host than its images' names. */
async function answers(registry: string): Promise<boolean> {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const client = new HttpClient({ url: `https://${host}` }, { timeoutMs: ANSWER_MS });
  try {
    await client.request({ method: "GET", path: "/v2/" });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** The images of a node's containerd. They are fetched from outside: the node itself has no way to a registry. */
export class ImageStore {
  private readonly flags: string[];

  constructor(
    private readonly ctr: string,
    pid: number,
    private readonly notes: string,
    private readonly say: (line: string) => void,
  ) {
    this.flags = [`--address=/proc/${pid}/root${containerdSocket}`, `--namespace=${NAMESPACE}`];
  }

  /** Whether containerd listens. */
  async answers(): Promise<boolean> {
    return (await runCommand(this.ctr, [...this.flags, "version"])).code === 0;
  }

  /**
   * Brings each image to the node that it does not have yet.
   * @throws Fault naming those that are to be had nowhere
   */
  async provide(references: readonly string[]): Promise<ProvidedImage[]> {
    const present = (await run(this.ctr, [...this.flags, "images", "list", "--quiet"])).split("\n");
    const wanted = [...new Set(references)];
    const has = (reference: string) => {
      const { tagged, digested } = parseReference(reference);
      return present.includes(digested ?? tagged);
    };
    const sources = await Promise.all(
      wanted.map(async (reference) => ({
        reference,
        source: has(reference) ? "here" : await sourceOf(reference),
      })),
    );
    const nowhere = sources.filter(({ source }) => source === undefined).map(({ reference }) => reference);
    if (nowhere.length > 0)
      throw new Fault(
        `The real node can't have these images:\n${nowhere.map((one) => `    ${one}`).join("\n")}`,
        {
          where: "no answer from their registries, and the toolchain has no program of theirs",
          fix: "Let this machine reach the registries, or turn the features off that need them (`npm run feature`).",
        },
      );
    for (const { reference, source } of sources) {
      if (source === "registry") await this.pull(reference);
      else if (typeof source === "object") await this.import(reference, source);
    }
    return wanted.map((reference) => ({ reference, ...this.noted()[reference] }));
  }

  private async pull(reference: string): Promise<void> {
    const { tagged, digested } = parseReference(reference);
    this.say(`  pulling ${reference}`);
    await run(this.ctr, [...this.flags, "images", "pull", digested ?? tagged]);
    this.note(reference, {});
  }

  private async import(reference: string, standIn: StandIn): Promise<void> {
    const { tagged, digested } = parseReference(reference);
    const file = await archiveOf(tagged, standIn);
    await run(this.ctr, [...this.flags, "images", "import", file]);
    if (digested) await run(this.ctr, [...this.flags, "images", "tag", "--force", tagged, digested]);
    this.note(reference, { standIn: standIn.what });
  }

  private noted(): Record<string, Omit<ProvidedImage, "reference">> {
    return existsSync(this.notes) ? JSON.parse(readFileSync(this.notes, "utf8")) : {};
  }

  private note(reference: string, what: Omit<ProvidedImage, "reference">): void {
    writeFileSync(this.notes, JSON.stringify({ ...this.noted(), [reference]: what }, null, 2), {
      mode: 0o600,
    });
  }
}

/** The archive of a stand-in, put together once and kept in the tool cache by all that it is made of. */
export async function archiveOf(tagged: string, standIn: StandIn): Promise<string> {
  const settings = settingsFromEnvironment();
  const sources = await standIn.sources();
  const recipe = ["stand-ins.ts", "debian.ts", "docker-archive.ts"].map((name) =>
    readFileSync(join(__dirname, name), "utf8"),
  );
  const key = createHash("sha256")
    .update(JSON.stringify([tagged, sources, recipe]))
    .digest("hex")
    .slice(0, 12);
  const tool = { name: `image-${basename(standIn.image.repository)}` };
  const file = join(settings.cacheRoot, "tools", tool.name, `${standIn.image.tag}-${key}.tar`);
  await withToolLock(tool, settings, async () => {
    if (existsSync(file)) return;
    const step = settings.report.start(`putting together an image of ${tagged}`);
    const work = await workFolder(tool, settings);
    try {
      const rootfs = join(work, "rootfs");
      mkdirSync(rootfs, { mode: 0o755 });
      await standIn.fill(rootfs, sources, work);
      const archive = join(work, "image.tar");
      await writeDockerArchive(rootfs, work, tagged, standIn.config, archive);
      mkdirSync(dirname(file), { recursive: true });
      renameSync(archive, file);
      step.done(`image of ${tagged}`);
    } catch (error) {
      step.fail(`the image of ${tagged} could not be put together`);
      throw error;
    } finally {
      await removeFolder(work);
    }
  });
  return file;
}
