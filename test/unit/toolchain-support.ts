import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Settings } from "../../tools/dev/toolchain/settings";
import type { Tool } from "../../tools/dev/toolchain/types";

/** A scratch folder with the toolchain's settings inside, and all lines that it reported. */
export interface Sandbox {
  root: string;
  settings: Settings;
  lines: string[];
  remove(): void;
}

/** Settings with an empty cache and a PATH of its own; real programs are found only in `systemPath`. */
export function sandbox(systemPath = "/usr/bin:/bin"): Sandbox {
  const root = mkdtempSync(join(tmpdir(), "toolchain-test-"));
  const lines: string[] = [];
  const line = (text: string) => {
    lines.push(text);
  };
  const bin = join(root, "bin");
  mkdirSync(bin);
  const env = { PATH: `${bin}:${systemPath}`, HOME: process.env["HOME"] };
  return {
    root,
    lines,
    settings: {
      cacheRoot: join(root, "cache"),
      pathFolders: [bin],
      platform: "linux-x64",
      offline: false,
      connectTimeoutMs: 2_000,
      env,
      report: { line, start: () => ({ done: line, fail: line, skip: line }) },
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Writes an executable shell script. */
export function script(file: string, body: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A Go module without dependencies whose program prints a version. */
export function toyModule(root: string, version = "1.2.3"): string {
  const folder = join(root, "toy-module");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "go.mod"), "module toy\n\ngo 1.24\n");
  writeFileSync(join(folder, "main.go"), `package main\n\nfunc main() { println("toy ${version}") }\n`);
  return folder;
}

/** A tool called "toy", version 1.2.3, built from the module. */
export function toyTool(module: string, more: Partial<Tool> = {}): Tool {
  return {
    name: "toy",
    version: "1.2.3",
    pinned: "2026-01-01",
    why: "a test",
    minutes: 0.1,
    path: { args: ["--version"], match: "minor" },
    source: { kind: "go-program", module, package: "." },
    ...more,
  };
}

/** A stand-in for go: tells a version, logs each build to `builds.log`, and "builds" what `make` says. */
export function fakeGo(root: string, make: string, version = "go1.26.0"): void {
  script(
    join(root, "bin", "go"),
    [
      `[ "$1" = env ] && { echo ${version}; exit 0; }`,
      `echo "$$" >> ${join(root, "builds.log")}`,
      'while [ "$1" != -o ]; do shift; done; out="$2"',
      make,
    ].join("\n"),
  );
}

/** The body of a program that prints a version, as a `make` for fakeGo. */
export function makeProgram(version: string): string {
  return `printf '#!/bin/sh\\necho toy ${version}\\n' > "$out"; chmod +x "$out"`;
}

/** A server of files; `hits` counts requests by path. */
export async function fileServer(files: Record<string, Buffer | string>): Promise<{
  url: string;
  hits: Map<string, number>;
  server: Server;
}> {
  const hits = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    hits.set(path, (hits.get(path) ?? 0) + 1);
    const file = files[path.slice(1)];
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits, server };
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}
