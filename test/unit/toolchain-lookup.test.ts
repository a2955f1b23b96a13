import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../../tools/dev/cluster/folders";
import { installFolder, recipeHash } from "../../tools/dev/toolchain/cache";
import { findOnPath, versionServes } from "../../tools/dev/toolchain/path-lookup";
import { lookUp, resolveTool } from "../../tools/dev/toolchain/resolve";
import type { Tool } from "../../tools/dev/toolchain/types";
import { fakeGo, makeProgram, type Sandbox, sandbox, script, toyModule, toyTool } from "./toolchain-support";

describe("toolchain: where a tool is looked for", () => {
  let box: Sandbox;
  let tool: Tool;
  beforeEach(() => {
    box = sandbox();
    tool = toyTool(toyModule(box.root));
  });
  afterEach(() => box.remove());

  async function putInCache(version = "1.2.3"): Promise<string> {
    const folder = await installFolder(tool, box.settings);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "tool.json"), JSON.stringify({ name: "toy", version, origin: "build" }));
    return script(join(folder, "toy"), `echo toy ${version}`);
  }
  const putOnPath = (version: string) => script(join(box.root, "bin", "toy"), `echo toy v${version}`);

  it("takes a compatible program on PATH before the cache", async () => {
    const onPath = putOnPath("1.2.9");
    await putInCache();
    assert.deepEqual(await lookUp(tool, box.settings), { path: onPath, version: "1.2.9", origin: "PATH" });
  });

  it("ignores another version on PATH, says why, and takes the cache", async () => {
    putOnPath("1.3.0");
    const cached = await putInCache();
    assert.equal((await findOnPath(tool, box.settings))?.reason, "it is 1.3.0, wanted is 1.2.3");
    assert.equal((await lookUp(tool, box.settings))?.path, cached);
  });

  it("looks further along PATH past a version that does not serve", async () => {
    putOnPath("1.3.0");
    const later = script(join(box.root, "later", "toy"), "echo 1.2.3");
    box.settings.pathFolders = [...box.settings.pathFolders, join(box.root, "later")];
    assert.equal((await lookUp(tool, box.settings))?.path, later);
  });

  it("ignores a program on PATH that prints no version", async () => {
    script(join(box.root, "bin", "toy"), "exit 3");
    assert.equal((await findOnPath(tool, box.settings))?.accepted, false);
    assert.equal(await lookUp(tool, box.settings), undefined);
  });

  it("does not take a folder without its manifest for an installed tool", async () => {
    const folder = await installFolder(tool, box.settings);
    script(join(folder, "toy"), "echo toy 1.2.3");
    assert.equal(await lookUp(tool, box.settings), undefined);
  });

  it("does not fetch or build what the cache has", async () => {
    fakeGo(box.root, makeProgram("1.2.3"));
    await putInCache();
    assert.equal((await resolveTool(tool, box.settings)).origin, "cache");
    assert.equal(existsSync(join(box.root, "builds.log")), false);
  });

  it("builds into a new place when the recipe or the module changes", async () => {
    const before = await recipeHash(tool);
    writeFileSync(join(box.root, "toy-module", "go.sum"), "example.com/x v1.0.0 h1:abc=\n");
    const after = await recipeHash(tool);
    assert.notEqual(after, before);
    const flags = { ...tool, source: { ...tool.source, ldflags: "-X main.v=1" } } as Tool;
    assert.notEqual(await recipeHash(flags), after);
    assert.equal(await recipeHash({ ...tool, why: "another reason", minutes: 9 }), after);
  });

  it("takes a tool that tells no version only from beside its accepted companion", async () => {
    const companion = toyTool(join(box.root, "toy-module"), { name: "main-tool" });
    const host = { ...tool, name: "host", path: undefined, beside: "pulumi" } as Tool;
    const hostFile = script(join(box.root, "bin", "host"), "exit 1");
    script(join(box.root, "bin", "main-tool"), "echo 1.4.0");
    assert.equal((await findOnPath(host, box.settings, companion))?.accepted, false);
    script(join(box.root, "bin", "main-tool"), "echo 1.2.4");
    assert.equal((await lookUp(host, box.settings, companion))?.path, hostFile);
  });

  it("probes pulumi with a home inside the cache and kubectl without a kubeconfig", async () => {
    const seen = join(box.root, "seen");
    script(join(box.root, "bin", "toy"), `echo "$PULUMI_HOME $KUBECONFIG" > ${seen}; echo 1.2.3`);
    await findOnPath(tool, box.settings);
    assert.equal(readFileSync(seen, "utf8"), `${join(box.settings.cacheRoot, "pulumi-home")} /dev/null\n`);
  });

  it("compares versions as far as the catalog asks", () => {
    assert.equal(versionServes("1.35.9", "1.35.4", "minor"), true);
    assert.equal(versionServes("1.36.4", "1.35.4", "minor"), false);
    assert.equal(versionServes("3.220.0", "3.220.0", "patch"), true);
    assert.equal(versionServes("3.220.1", "3.220.0", "patch"), false);
  });

  it("keeps the cache where the user says, else in the user's cache folder", () => {
    assert.equal(cacheRoot({ SECURITY_STACK_CACHE: "/a", XDG_CACHE_HOME: "/b" }), "/a");
    assert.equal(cacheRoot({ XDG_CACHE_HOME: "/b" }), "/b/security-stack");
    assert.match(cacheRoot({}), /\/\.cache\/security-stack$/);
  });
});
