import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pages, runsOf, textOf } from "../support/pages";

const root = join(__dirname, "..", "..");
const bootstrap = join(root, "tools", "bootstrap.js");
const everyHelp = join(root, "test", "support", "commands", "every-help.js");
const { commands } = require(bootstrap) as { commands: Record<string, unknown> };
const NAMES = Object.keys(commands);

interface Help {
  code: number;
  stdout: string;
  stderr: string;
}

/** @throws Error where it ends with another exit code than 0 */
const run = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });

describe("--help", function () {
  this.timeout(300_000);
  let seen: Record<string, Help>;

  before(async () => {
    seen = JSON.parse((await run(everyHelp)).stdout) as Record<string, Help>;
  });

  for (const name of NAMES) {
    it(`of ${name} explains it and does nothing`, () => {
      const { code, stdout, stderr } = seen[name]!;
      assert.equal(stderr, "");
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: npm (run )?${name}\\b`, "m"));
    });
  }

  it("is the same of a command by itself", async () => {
    assert.deepEqual(await run(bootstrap, "doctor", "--help"), {
      stdout: seen["doctor"]?.stdout,
      stderr: "",
    });
  });

  it("has every option that a page uses", () => {
    const unknown = pages().flatMap((page) =>
      runsOf(textOf(page)).flatMap(({ script, options }) => {
        const [name = ""] = script.startsWith("test:") ? ["test"] : [script];
        const help = seen[name]?.stdout ?? "";
        return options
          .filter((option) => !new RegExp(`(?<![\\w-])${option}(?![\\w-])`).test(help))
          .map((option) => `${page}: npm run ${script} -- ${option}`);
      }),
    );
    assert.deepEqual(unknown, []);
  });
});
