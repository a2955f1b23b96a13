import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import {
  type ClientOptions,
  ConnectionError,
  HttpClient,
  type StreamedAnswer,
} from "../../../components/node-program/http-client";
import { runCommand } from "./command";
import type { Settings } from "./settings";
import { messageOf, ToolchainError } from "./toolchain-error";
import type { Tool } from "./types";
import { unzip } from "./zip";

const STALL_MS = 30_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;

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
  return read(url, settings, ({ body }) => text(body));
}

async function fetchFile(url: string, file: string, settings: Settings): Promise<void> {
  await read(url, settings, async ({ body }) => {
    try {
      await pipeline(body, createWriteStream(file));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  });
}

/** Reads what is at an address; a host that can't be reached or is slow to answer is remembered for the rest of the run. */
async function read<T>(
  url: string,
  settings: Settings,
  use: (answer: StreamedAnswer) => Promise<T>,
): Promise<T> {
  let at = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const { origin, host, pathname, search } = new URL(at);
    const known = silentHosts.get(host);
    if (known) throw new NotDownloadable(known);
    const limits = { timeoutMs: settings.connectTimeoutMs, stallMs: STALL_MS };
    const client = clientOf(origin, limits);
    try {
      const answer = await client.stream({ method: "GET", path: pathname + search }).catch((error: Error) => {
        silentHosts.set(host, `${host} can't be reached (${causeOf(error)})`);
        throw new NotDownloadable(silentHosts.get(host)!);
      });
      const { status, headers } = answer;
      if (status === 200)
        return await use(answer).catch((error: unknown) => {
          throw new NotDownloadable(`${at} broke off: ${messageOf(error)}`);
        });
      if (!REDIRECTS.has(status) || !headers.location) throw new NotDownloadable(`${at} answered ${status}`);
      at = new URL(headers.location, at).href;
    } finally {
      await client.close();
    }
  }
  throw new NotDownloadable(`${url} leads on and on`);
}

function clientOf(url: string, limits: ClientOptions): HttpClient {
  try {
    return new HttpClient({ url }, limits);
  } catch (error) {
    throw new NotDownloadable(messageOf(error));
  }
}

function causeOf(error: Error): string {
  return error instanceof ConnectionError ? error.reason : messageOf(error);
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
