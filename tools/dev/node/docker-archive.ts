import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "./run-command";

/** What an image says of its program. */
export interface ImageConfig {
  /** UID[:GID]. */
  User: string;
  Entrypoint: string[];
  Cmd?: string[];
  Env?: string[];
  WorkingDir?: string;
}

/**
 * Writes a folder as an image of one layer, in the format of `docker save` (moby image/spec/v1.2.md), which container runtimes import.
 * Owners and modes are those of the files.
 */
export async function writeDockerArchive(
  rootfs: string,
  work: string,
  tagged: string,
  config: ImageConfig,
  file: string,
): Promise<void> {
  const layer = join(work, "layer.tar");
  const plain = ["--numeric-owner", "--sort=name", "--mtime=@0"];
  await run("tar", [...plain, "-cf", layer, "-C", rootfs, "."]);
  const image = {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...config },
    rootfs: { type: "layers", diff_ids: [`sha256:${await sha256(layer)}`] },
  };
  writeFileSync(join(work, "config.json"), JSON.stringify(image));
  const manifest = [{ Config: "config.json", RepoTags: [tagged], Layers: ["layer.tar"] }];
  writeFileSync(join(work, "manifest.json"), JSON.stringify(manifest));
  await run("tar", ["-cf", file, "-C", work, "manifest.json", "config.json", "layer.tar"]);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
