import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pages, runsOf, textOf } from "../support/pages";

const root = join(__dirname, "..", "..");
const bootstrap = join(root, "tools", "bootstrap.js");
const { commands } = require(bootstrap) as { commands: Record<string, unknown> };
const NAMES = Object.keys(commands);
const AT_ONCE = 4;

interface Help {
  failed: boolean;
  stdout: string;
  stderr: string;
}

function helpOf(name: string): Promise<Help> {
  return new Promise((resolve) =>
    execFile(process.execPath, [bootstrap, name, "--help"], { cwd: root }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    ),
  );
}

// Processes, some ten seconds of them on a machine that does nothing else: the limit is against hanging.
describe("--help", function () {
  this.timeout(600_000);
  const seen = new Map<string, Help>();

  before(async () => {
    for (let i = 0; i < NAMES.length; i += AT_ONCE) {
      const some = NAMES.slice(i, i + AT_ONCE);
      const helps = await Promise.all(some.map(helpOf));
      for (const [index, name] of some.entries()) seen.set(name, helps[index]!);
    }
  });

  for (const name of NAMES) {
    it(`of ${name} explains it and does nothing`, () => {
      const { failed, stdout, stderr } = seen.get(name)!;
      assert.equal(stderr, "");
      assert.equal(failed, false);
      assert.match(stdout, new RegExp(`^Usage: npm (run )?${name}\\b`, "m"));
    });
  }

  it("has every option that a page uses", () => {
    const unknown = pages().flatMap((page) =>
      runsOf(textOf(page)).flatMap(({ script, options }) => {
        const [name = ""] = script.startsWith("test:") ? ["test"] : [script];
        const help = seen.get(name)?.stdout ?? "";
        return options
          .filter((option) => !new RegExp(`(?<![\\w-])${option}(?![\\w-])`).test(help))
          .map((option) => `${page}: npm run ${script} -- ${option}`);
      }),
    );
    assert.deepEqual(unknown, []);
  });
});
