import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTime } from "../../tools/dev/cluster/processes";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { lookUp, resolveTool } from "../../tools/dev/toolchain/resolve";
import { ToolchainError } from "../../tools/dev/toolchain/toolchain-error";
import type { Tool } from "../../tools/dev/toolchain/types";
import { TYPESCRIPT } from "../../tools/dev/typescript";
import { fakeGo, makeProgram, type Sandbox, sandbox, toyModule, toyTool } from "./toolchain-support";

describe("toolchain: building", () => {
  let box: Sandbox;
  let tool: Tool;
  beforeEach(() => {
    box = sandbox();
    tool = toyTool(toyModule(box.root));
  });
  afterEach(() => box.remove());

  const builds = () => readFileSync(join(box.root, "builds.log"), "utf8").trim().split("\n").length;
  /** Once the build runs; its file is there before its content is. */
  const buildPid = () => {
    const log = join(box.root, "builds.log");
    return waitUntil("the build to begin", async () =>
      existsSync(log) ? Number(readFileSync(log, "utf8")) || undefined : undefined,
    );
  };
  const leftovers = () => readdirSync(join(box.settings.cacheRoot, "tmp"));

  it("builds a real Go module once when two runs want it at the same time", async function () {
    this.timeout(180_000);
    const settings = { ...box.settings, env: process.env };
    const both = await Promise.all([resolveTool(tool, settings), resolveTool(tool, settings)]);
    assert.deepEqual(both.map((found) => found.origin).sort(), ["build", "cache"]);
    assert.equal(both[0].path, both[1].path);
    assert.ok(box.lines.some((line) => line.includes("another run is getting it")));
    assert.deepEqual(leftovers(), []);
    assert.deepEqual(readdirSync(join(box.root, "toy-module")).sort(), ["go.mod", "main.go"]);
  });

  it("says what is built, why and about how long before it starts", async () => {
    fakeGo(box.root, makeProgram("1.2.3"));
    await resolveTool(tool, box.settings);
    assert.match(box.lines.join("\n"), /building toy 1\.2\.3.*: a test; takes about 5 s/);
  });

  it("leaves nothing of a killed build, and the next run builds it whole", async () => {
    const half = join(box.root, "half");
    fakeGo(box.root, `printf half > "$out"; touch ${half}; exec sleep 60`);
    const settings = JSON.stringify({ ...box.settings, report: undefined });
    const code = `
      const { resolveTool } = require(${JSON.stringify(require.resolve("../../tools/dev/toolchain/resolve.ts"))});
      const line = () => undefined;
      const report = { line, start: () => ({ done: line, fail: line, skip: line }) };
      resolveTool(${JSON.stringify(tool)}, { ...${settings}, report });`;
    const child = spawn(process.execPath, ["--require", TYPESCRIPT, "-e", code], { stdio: "inherit" });
    const build = await buildPid();
    await waitUntil("half of a build", async () => existsSync(half));
    child.kill("SIGKILL");
    await once(child, "exit");
    process.kill(build, "SIGKILL");
    assert.equal(await lookUp(tool, box.settings), undefined);

    fakeGo(box.root, makeProgram("1.2.3"));
    const found = await resolveTool(tool, box.settings);
    assert.equal(found.origin, "build");
    assert.deepEqual(leftovers(), []);
    assert.equal(builds(), 2);
  });

  const SLOW_SPAWN = `
    const childProcess = require("node:child_process");
    const { spawn } = childProcess;
    childProcess.spawn = (...args) => {
      const child = spawn(...args);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
      return child;
    };`;

  for (const [when, before] of [
    ["is interrupted", ""],
    ["is interrupted in the very moment in which it starts the build", SLOW_SPAWN],
  ] as const)
    it(`ends the build when the run ${when}`, async function () {
      this.timeout(120_000);
      fakeGo(box.root, "exec sleep 600");
      const file = require.resolve("../../tools/dev/toolchain/command.ts");
      const code = `${before}
        require(${JSON.stringify(file)}).runCommand("go", ["build", "-o", "x"], { env: ${JSON.stringify(box.settings.env)} });`;
      const child = spawn(process.execPath, ["--require", TYPESCRIPT, "-e", code], { stdio: "inherit" });
      const ended = once(child, "exit") as Promise<[number | null, string | null]>;
      const build = await buildPid();
      child.kill("SIGTERM");
      assert.equal((await ended)[1], "SIGTERM");
      await waitUntil("the build to end", async () => startTime(build) === undefined).catch((error) => {
        process.kill(build, "SIGKILL");
        throw error;
      });
    });

  async function failure(): Promise<ToolchainError> {
    const error = await resolveTool(tool, box.settings).then(
      () => assert.fail("it should not have been built"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ToolchainError, String(error));
    assert.equal(await lookUp(tool, box.settings), undefined);
    assert.deepEqual(leftovers(), []);
    return error;
  }

  it("says that go is missing, where it looked, and the two ways out", async () => {
    box.settings.env = { PATH: join(box.root, "bin") };
    const error = await failure();
    assert.equal(error.what, "toy 1.2.3 has to be built from source, but go was not found");
    assert.equal(error.where, `PATH=${join(box.root, "bin")}`);
    assert.equal(error.fix, "install Go >= 1.26 (https://go.dev/dl/), or put toy 1.2.3 on PATH");
  });

  it("refuses a go that is too old before it builds", async () => {
    fakeGo(box.root, makeProgram("1.2.3"), "go1.22.4");
    assert.match((await failure()).what, /but go is go1\.22\.4$/);
    assert.equal(existsSync(join(box.root, "builds.log")), false);
  });

  it("names the cause and a log that holds the whole output when the compiler fails", async () => {
    fakeGo(box.root, `echo "# toy" >&2; echo "main.go:3:1: undefined: x" >&2; exit 1`);
    const error = await failure();
    assert.match(error.what, /could not be built: # toy\s+main\.go:3:1: undefined: x/);
    assert.match(readFileSync(error.where, "utf8"), /go build .*[\s\S]*undefined: x/);
    assert.ok(box.lines.some((line) => line.includes(error.where)));
  });

  for (const [output, fix] of [
    ["write /x: no space left on device", /free some 10 GiB/],
    ["dial tcp: lookup host: no such host", /module proxy/],
    ["compile: signal: killed", /memory/],
    ["verifying m@v1: checksum mismatch", /go clean -modcache/],
  ] as const) {
    it(`knows what helps against "${output}"`, async () => {
      fakeGo(box.root, `echo "${output}" >&2; exit 1`);
      assert.match((await failure()).fix, fix);
    });
  }

  it("does not install a program that was built and does not start", async () => {
    fakeGo(box.root, `printf '#!/bin/sh\\nexit 1\\n' > "$out"`);
    assert.match((await failure()).what, /does not start/);
  });

  it("builds with the flags of the catalog and without those of the user's shell", async () => {
    const seen = join(box.root, "seen");
    fakeGo(box.root, `echo "$GOFLAGS|$GOOS|$CGO_ENABLED" > ${seen}; ${makeProgram("1.2.3")}`);
    box.settings.env = { ...box.settings.env, GOFLAGS: "-mod=vendor", GOOS: "windows" };
    await resolveTool(tool, box.settings);
    assert.equal(readFileSync(seen, "utf8"), "||0\n");
  });

  it("builds again after the cache was removed", async () => {
    fakeGo(box.root, makeProgram("1.2.3"));
    await resolveTool(tool, box.settings);
    rmSync(box.settings.cacheRoot, { recursive: true });
    writeFileSync(join(box.root, "builds.log"), "");
    assert.equal((await resolveTool(tool, box.settings)).origin, "build");
  });
});
