import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { goldenDocuments } from "../support/ocsf/documents";

const BOOTSTRAP = path.join(__dirname, "..", "..", "tools", "bootstrap.js");

describe("npm run ocsf", function () {
  this.timeout(120_000);
  const documents = goldenDocuments().map(({ document }) => JSON.stringify(document));

  function run(input: string, args: readonly string[]) {
    return spawnSync(process.execPath, [BOOTSTRAP, "ocsf", ...args], { input, encoding: "utf8" });
  }

  it("writes a valid event for each document of stdin, hits of a search too", () => {
    const hit = JSON.stringify({ _id: "a", _source: JSON.parse(documents[0]!) });
    const { status, stdout, stderr } = run([...documents, hit].join("\n"), ["-"]);
    assert.equal(status, 0, stderr);
    const events = stdout.trim().split("\n");
    assert.equal(events.length, documents.length + 1);
    assert.deepEqual(JSON.parse(events.at(-1)!), JSON.parse(events[0]!));
    assert.match(stderr, new RegExp(`${events.length} events, all valid; 0 documents became none`));
  });

  it("names the lines that became no event, and ends with 1", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-ocsf-"));
    try {
      const file = path.join(folder, "documents.ndjson");
      fs.writeFileSync(file, [documents[0], "{", "{}", documents[1]].join("\n"));
      const { status, stdout, stderr } = run("", [file, "--no-validate"]);
      assert.equal(status, 1);
      assert.equal(stdout.trim().split("\n").length, 2);
      assert.ok(stderr.includes(`${file}:2: no JSON object`), stderr);
      assert.ok(stderr.includes(`${file}:3: no document of a tool of this stack`), stderr);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it("ends with 2 where there is nothing to read", () => {
    for (const args of [[], ["/does/not/exist"], ["a", "--from-es", "https://localhost:9200"]])
      assert.equal(run("", args).status, 2, args.join(" "));
  });
});
