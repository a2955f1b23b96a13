import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { ToolchainError } from "../../tools/dev/toolchain/toolchain-error";
import { type Sandbox, sandbox, script } from "./toolchain-support";

describe("toolchain: the browser", () => {
  let box: Sandbox;
  let bin: string;
  beforeEach(() => {
    // Without the system's programs: its apt-get would install.
    box = sandbox("/nowhere");
    bin = join(box.root, "bin");
    box.settings.offline = true;
  });
  afterEach(() => box.remove());

  it("is what the machine has, under any of its names and of any version", async () => {
    const chrome = script(join(bin, "google-chrome"), 'echo "Google Chrome 120.0.6099.71"');
    assert.deepEqual(await ensureTools(["chromium"], box.settings), { chromium: chrome });
  });

  it("is Debian's package otherwise, which root installs with lists that are renewed first, and says so", async () => {
    const installed = join(bin, "chromium");
    const log = join(box.root, "apt.log");
    // As apt-get without lists: it finds the package once they are there.
    script(
      join(bin, "apt-get"),
      `echo "$*" >> ${log}
case "$1" in
  update) : > ${box.root}/lists ;;
  install) [ -e ${box.root}/lists ] || exit 100
    printf '#!/bin/sh\\necho "Chromium 156.0.8078.73"\\n' > ${installed}
    while [ ! -x ${installed} ]; do /bin/chmod +x ${installed}; done ;;
esac`,
    );
    // Anybody else gets no further, and nothing is tried.
    if (process.getuid?.() !== 0) return refused();
    const { chromium } = await ensureTools(["chromium"], box.settings);
    assert.ok(existsSync(chromium), chromium);
    const install = "install -y --no-install-recommends chromium";
    assert.deepEqual(readFileSync(log, "utf8").trim().split("\n"), [install, "update", install]);
    assert.ok(box.lines.some((line) => line.includes(`apt-get ${install}`)));
  });

  it("is asked for where neither is possible", () => refused());

  const refused = () =>
    assert.rejects(ensureTools(["chromium"], box.settings), (error) => {
      assert.ok(error instanceof ToolchainError);
      assert.match(error.fix, /apt-get install chromium/);
      return true;
    });
});
