import { mkdir, open, writeFile } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { inflateRawSync } from "node:zlib";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER_SIZE = 30;

interface Entry {
  name: string;
  method: number;
  packedSize: number;
  mode: number;
  offset: number;
}

/** Unpacks a zip of files with their modes. Written out here because neither Node nor every machine has an unzip. */
export async function unzip(file: string, folder: string): Promise<void> {
  const handle = await open(file, "r");
  const read = async (position: number, length: number): Promise<Buffer> => {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    if (bytesRead !== length) throw new Error(`${file} ends early: it is not a whole zip file`);
    return buffer;
  };
  try {
    const { size } = await handle.stat();
    for (const entry of await readDirectory(read, size, file)) {
      const target = safeTarget(folder, entry.name);
      if (entry.name.endsWith("/")) {
        await mkdir(target, { recursive: true });
        continue;
      }
      const header = await read(entry.offset, LOCAL_HEADER_SIZE);
      const start = entry.offset + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
      const packed = await read(start, entry.packedSize);
      const content = entry.method === 0 ? packed : inflateRawSync(packed);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content, { mode: entry.mode & 0o777 || 0o644 });
    }
  } finally {
    await handle.close();
  }
}

async function readDirectory(
  read: (position: number, length: number) => Promise<Buffer>,
  size: number,
  file: string,
): Promise<Entry[]> {
  const tailLength = Math.min(size, 65_557);
  const tail = await read(size - tailLength, tailLength);
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error(`${file} is not a zip file`);
  const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  let at = 0;
  while (at < directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packedSize: directory.readUInt32LE(at + 20),
      mode: directory.readUInt32LE(at + 38) >>> 16,
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** The entry's place in the folder; a name that leads out of it is refused. */
function safeTarget(folder: string, name: string): string {
  const target = normalize(join(folder, name));
  if (!target.startsWith(normalize(folder + sep)))
    throw new Error(`the zip names a file outside its folder: ${name}`);
  return target;
}
