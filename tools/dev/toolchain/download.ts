import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { runCommand } from "./command";
import type { Settings } from "./settings";
import { messageOf, ToolchainError } from "./toolchain-error";
import type { Tool } from "./types";
import { unzip } from "./zip";

const STALL_MS = 30_000;

/** Hosts that did not answer in this run: they are not asked, and waited for, again. */
const silentHosts = new Map<string, string>();

/** Why there is no official download for this tool now; the tool is then built. */
export class NotDownloadable extends Error {}

/**
 * Puts the official release of a tool into the work folder, checked against the vendor's checksum file.
 * Throws NotDownloadable when it can't be had, and ToolchainError when what came is not what the vendor published.
 */
export async function downloadTool(tool: Tool, settings: Settings, work: string): Promise<string> {
  const { download } = tool;
  if (!download) throw new NotDownloadable("there is no official release with checksums");
  if (settings.offline) throw new NotDownloadable("SECURITY_STACK_OFFLINE is set");
  const words = download.platforms[settings.platform];
  if (!words) throw new NotDownloadable(`there is no official release for ${settings.platform}`);
  const fill = (template: string) =>
    template
      .replaceAll("{version}", tool.version)
      .replaceAll("{os}", words.os)
      .replaceAll("{arch}", words.arch);
  const url = fill(download.url);
  const fileName = basename(new URL(url).pathname);
  const checksum = findChecksum(await fetchText(fill(download.checksums), settings), fileName);
  if (!checksum) throw new NotDownloadable(`${fill(download.checksums)} has no checksum of ${fileName}`);

  const folder = join(settings.cacheRoot, "downloads");
  await mkdir(folder, { recursive: true });
  const file = join(folder, fileName);
  if (!existsSync(file) || (await hashOf(file, checksum)) !== checksum) {
    const partial = join(work, `${fileName}.partial`);
    await fetchFile(url, partial, settings);
    await refuseWrongChecksum(partial, checksum, url);
    await rename(partial, file);
  }
  const members = [download.member ?? tool.name, ...(download.extras ?? [])].map(fill);
  await unpack(file, tool, members, work);
  return url;
}

/** The hash of a file name in a vendor's checksum file, or the only hash if the file is nothing else. */
export function findChecksum(text: string, fileName: string): string | undefined {
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{64}|[0-9a-f]{128})(?:\s+\*?(?:\.\/)?(\S+))?\s*$/i.exec(line.trim());
    if (match && (match[2] === undefined || match[2] === fileName)) return match[1]!.toLowerCase();
  }
  return undefined;
}

async function refuseWrongChecksum(file: string, wanted: string, url: string): Promise<void> {
  const found = await hashOf(file, wanted);
  if (found === wanted) return;
  await rm(file, { force: true });
  throw new ToolchainError(
    `the downloaded file is not the one its vendor published: checksum ${found}, published ${wanted}`,
    url,
    "the file was removed; try again, or set SECURITY_STACK_OFFLINE=1 to build the tool from source instead",
  );
}

/** Hash of a file with the algorithm that gives a hash as long as the sample. */
async function hashOf(file: string, sample: string): Promise<string> {
  const hash = createHash(sample.length === 128 ? "sha512" : "sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function fetchText(url: string, settings: Settings): Promise<string> {
  const { response, abort } = await open(url, settings);
  const timer = setTimeout(abort, STALL_MS);
  try {
    return await response.text();
  } catch (error) {
    throw new NotDownloadable(`${url} broke off: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

async function fetchFile(url: string, file: string, settings: Settings): Promise<void> {
  const { response, abort } = await open(url, settings);
  let timer = setTimeout(abort, STALL_MS);
  try {
    const body = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream);
    body.on("data", () => {
      clearTimeout(timer);
      timer = setTimeout(abort, STALL_MS);
    });
    await pipeline(body, createWriteStream(file));
  } catch (error) {
    await rm(file, { force: true });
    throw new NotDownloadable(`${url} broke off: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a request; a host that can't be reached or is slow to answer is remembered for the rest of the run. */
async function open(url: string, settings: Settings): Promise<{ response: Response; abort: () => void }> {
  const { host } = new URL(url);
  const known = silentHosts.get(host);
  if (known) throw new NotDownloadable(known);
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, settings.connectTimeoutMs);
  let response: Response;
  try {
    response = await fetch(url, { signal: controller.signal });
  } catch (error) {
    const cause = controller.signal.aborted
      ? `no answer in ${settings.connectTimeoutMs / 1000} s`
      : causeOf(error);
    silentHosts.set(host, `${host} can't be reached (${cause})`);
    throw new NotDownloadable(silentHosts.get(host)!);
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new NotDownloadable(`${url} answered ${response.status}`);
  }
  return { response, abort };
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return cause?.code ?? messageOf(error);
}

/** Takes the members out of an archive, or the file itself as the program, and lays them flat into the work folder. */
async function unpack(file: string, tool: Tool, members: readonly string[], work: string): Promise<void> {
  const archive = tool.download!.archive;
  const unpacked = join(work, "unpacked");
  await mkdir(unpacked, { recursive: true });
  if (archive === "none") await copyFile(file, join(unpacked, tool.name));
  if (archive === "zip") await unzip(file, unpacked);
  if (archive === "tar.gz") {
    const result = await runCommand("tar", ["-xzf", file, "-C", unpacked, ...members]);
    if (result.code !== 0)
      throw new NotDownloadable(`${basename(file)} can't be unpacked: ${result.stderr.trim()}`);
  }
  for (const [index, member] of members.entries()) {
    const target = join(work, index === 0 ? tool.name : basename(member));
    await rename(join(unpacked, archive === "none" ? tool.name : member), target);
    await chmod(target, 0o755);
  }
  await rm(unpacked, { recursive: true });
}
