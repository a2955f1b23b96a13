import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");
const FOLDERS = ["components", "policy-pack", "scenarios", "tools", "test"];
const CLIENT = "components/node-program/";

/** Ways to send a request other than through the client; a server and the types are no such. */
const OTHER_WAYS = [
  /(?<![.\w])fetch\(/,
  /\bhttps?\.(get|request|Agent)\b/,
  /import (?!type)\{[^}]*\b(get|request|Agent)\b[^}]*\} from "node:https?"/,
  /(from|import\(|require\()\s*"undici/,
];

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.[jt]s$/.test(file) && !/(^|\/)(bin|node_modules)\//.test(file))
      .map((file) => `${folder}/${file}`),
  );
}

describe("requests over HTTP", () => {
  it("go through one client", () => {
    const files = sources().filter(
      (file) => !file.startsWith(CLIENT) && file !== "test/static/one-http-client.test.ts",
    );
    assert.ok(files.length > 300);
    const found = files.filter((file) => {
      const text = fs.readFileSync(path.join(ROOT, file), "utf8");
      return OTHER_WAYS.some((way) => way.test(text));
    });
    assert.deepEqual(found, []);
  });
});
