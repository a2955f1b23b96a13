import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { findChecksum } from "../../tools/dev/toolchain/download";
import { resolveTool } from "../../tools/dev/toolchain/resolve";
import { ToolchainError } from "../../tools/dev/toolchain/toolchain-error";
import type { Download, Tool } from "../../tools/dev/toolchain/types";
import { unzip } from "../../tools/dev/toolchain/zip";
import {
  fakeGo,
  fileServer,
  makeProgram,
  type Sandbox,
  sandbox,
  script,
  sha256,
  toyModule,
  toyTool,
} from "./toolchain-support";

const PROGRAM = "#!/bin/sh\necho toy 1.2.3\n";

describe("toolchain: official downloads", () => {
  let box: Sandbox;
  let server: Server | undefined;
  beforeEach(() => {
    box = sandbox();
    fakeGo(box.root, makeProgram("1.2.3"));
  });
  afterEach(() => {
    server?.close();
    server = undefined;
    box.remove();
  });

  function downloadable(url: string, more: Partial<Download> = {}): Tool {
    return toyTool(toyModule(box.root), {
      download: {
        url: `${url}/toy-{version}-{os}-{arch}`,
        checksums: `${url}/checksums.txt`,
        platforms: { "linux-x64": { os: "linux", arch: "amd64" } },
        archive: "none",
        ...more,
      },
    });
  }
  async function serve(files: Record<string, Buffer | string>) {
    const served = await fileServer(files);
    server = served.server;
    return served;
  }
  const built = () => existsSync(join(box.root, "builds.log"));
  const downloads = () => readdirSync(join(box.settings.cacheRoot, "downloads"));

  it("installs a release whose checksum is the published one, and runs it", async () => {
    const { url } = await serve({
      "toy-1.2.3-linux-amd64": PROGRAM,
      "checksums.txt": `${sha256("x")}  other\n${sha256(PROGRAM)} *toy-1.2.3-linux-amd64\n`,
    });
    const found = await resolveTool(downloadable(url), box.settings);
    assert.equal(found.origin, "download");
    assert.equal(execFileSync(found.path, { encoding: "utf8" }), "toy 1.2.3\n");
    assert.equal(built(), false);
  });

  it("takes the program and its scripts out of a tar.gz", async () => {
    script(join(box.root, "pack", "toy-1.2.3", "toy"), "echo toy 1.2.3");
    script(join(box.root, "pack", "toy-1.2.3", "helper"), "true");
    execFileSync("tar", ["-czf", join(box.root, "a.tgz"), "-C", join(box.root, "pack"), "toy-1.2.3"]);
    const archive = readFileSync(join(box.root, "a.tgz"));
    const { url } = await serve({ "toy.tar.gz": archive, "checksums.txt": sha256(archive) });
    const tool = downloadable(url, {
      url: `${url}/toy.tar.gz`,
      archive: "tar.gz",
      member: "toy-{version}/toy",
      extras: ["toy-{version}/helper"],
    });
    const found = await resolveTool(tool, box.settings);
    assert.deepEqual(readdirSync(join(found.path, "..")).sort(), ["helper", "tool.json", "toy"]);
  });

  it("refuses a file with another checksum, removes it, installs nothing and does not build", async () => {
    const { url } = await serve({
      "toy-1.2.3-linux-amd64": PROGRAM,
      "checksums.txt": `${sha256("something else")}  toy-1.2.3-linux-amd64\n`,
    });
    await assert.rejects(resolveTool(downloadable(url), box.settings), (error: ToolchainError) => {
      assert.ok(error instanceof ToolchainError);
      assert.match(error.what, /not the one its vendor published/);
      assert.equal(error.where, `${url}/toy-1.2.3-linux-amd64`);
      assert.match(error.fix, /SECURITY_STACK_OFFLINE=1/);
      return true;
    });
    assert.deepEqual(downloads(), []);
    assert.deepEqual(readdirSync(join(box.settings.cacheRoot, "tmp")), []);
    assert.equal(existsSync(join(box.settings.cacheRoot, "tools")), false);
    assert.equal(built(), false);
  });

  it("does not install a release that says it is another version", async () => {
    const wrong = PROGRAM.replace("1.2.3", "9.9.9");
    const { url } = await serve({
      "toy-1.2.3-linux-amd64": wrong,
      "checksums.txt": `${sha256(wrong)}  toy-1.2.3-linux-amd64\n`,
    });
    await assert.rejects(resolveTool(downloadable(url), box.settings), /it says it is 9\.9\.9/);
    assert.equal(existsSync(join(box.settings.cacheRoot, "tools")), false);
  });

  it("builds when the vendor publishes no checksum of the file", async () => {
    const { url } = await serve({
      "toy-1.2.3-linux-amd64": PROGRAM,
      "checksums.txt": "<html>sign in</html>",
    });
    assert.equal((await resolveTool(downloadable(url), box.settings)).origin, "build");
    assert.ok(box.lines.some((line) => line.includes("has no checksum of toy-1.2.3-linux-amd64")));
  });

  it("builds when there is no release for this platform, or the user wants no downloads", async () => {
    const { url, hits } = await serve({});
    const arm = { ...box.settings, platform: "plan9-arm" };
    assert.equal((await resolveTool(downloadable(url), arm)).origin, "build");
    const offline = { ...box.settings, offline: true };
    assert.equal((await resolveTool(downloadable(url), offline)).origin, "build");
    assert.equal(hits.size, 0);
  });

  it("waits once for a host that does not answer, and not again in the same run", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    try {
      await once(silent, "listening");
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const settings = { ...box.settings, connectTimeoutMs: 300 };
      const tool = downloadable(url);
      assert.equal((await resolveTool(tool, settings)).origin, "build");
      assert.ok(box.lines.some((line) => line.includes("can't be reached (no answer in 0.3 s)")));
      silent.removeAllListeners("connection").on("connection", () => assert.fail("asked again"));
      const offline = { ...settings, cacheRoot: join(box.root, "second") };
      assert.equal((await resolveTool(tool, offline)).origin, "build");
    } finally {
      silent.close();
    }
  });

  it("reads the checksum files that vendors publish", () => {
    const hash = "a".repeat(64);
    assert.equal(findChecksum(`${hash}\n`, "file"), hash);
    assert.equal(findChecksum(`${"b".repeat(64)}  other\n${hash}  file\n`, "file"), hash);
    assert.equal(findChecksum(`${hash} *./file\r\n`, "file"), hash);
    assert.equal(findChecksum(`${hash}  file.sig\n`, "file"), undefined);
    assert.equal(findChecksum("", "file"), undefined);
  });
});

describe("toolchain: zip files", () => {
  let box: Sandbox;
  beforeEach(() => {
    box = sandbox();
  });
  afterEach(() => box.remove());

  /** A zip with one stored file, written by hand so that the test needs no zip program. */
  function zipOf(name: string, content: string): string {
    const data = Buffer.from(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE((0o100755 << 16) >>> 0, 38);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt32LE(46 + name.length, 12);
    end.writeUInt32LE(30 + name.length + data.length, 16);
    const file = join(box.root, "a.zip");
    writeFileSync(file, Buffer.concat([local, Buffer.from(name), data, entry, Buffer.from(name), end]));
    return file;
  }

  it("unpacks files with their modes", async () => {
    await unzip(zipOf("top/run.sh", "echo hi"), join(box.root, "out"));
    const file = join(box.root, "out", "top", "run.sh");
    assert.equal(readFileSync(file, "utf8"), "echo hi");
    assert.equal(statSync(file).mode & 0o111, 0o111);
  });

  it("refuses a name that leads out of the folder, and a file that is no zip", async () => {
    mkdirSync(join(box.root, "out"));
    await assert.rejects(unzip(zipOf("../evil", "x"), join(box.root, "out")), /outside its folder/);
    assert.equal(existsSync(join(box.root, "evil")), false);
    const text = join(box.root, "text");
    writeFileSync(text, "this is no zip file at all");
    chmodSync(text, 0o644);
    await assert.rejects(unzip(text, join(box.root, "out")), /is not a zip file/);
  });
});
