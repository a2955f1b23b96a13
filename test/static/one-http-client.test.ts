import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");
const FOLDERS = ["components", "policy-pack", "scenarios", "tools", "test"];
const CLIENT = "components/node-program/";
const MODULE = `["'](?:node:)?https?2?["']`;

/** Ways to send a request other than through the client: all of undici, and all of Node's modules but servers and types. */
function otherWay(text: string): boolean {
  if (/(?<![.\w])fetch\(/.test(text) || /(from|import\(|require\()\s*["']undici/.test(text)) return true;
  if (new RegExp(String.raw`(?:\bimport|\brequire)\(\s*${MODULE}`).test(text)) return true;
  const imports = text.matchAll(new RegExp(String.raw`\bimport (?!type\b)([^;"']*?) from ${MODULE}`, "g"));
  return [...imports].some(([, what]) => sends(what!, text));
}

function sends(imported: string, text: string): boolean {
  const names = /\{([^}]*)\}/.exec(imported)?.[1];
  if (names !== undefined)
    return names
      .split(",")
      .map((name) => name.trim())
      .some((name) => name !== "" && !/^(type |createServer\b)/.test(name));
  const module = imported.replace("* as ", "");
  const uses = [...text.matchAll(new RegExp(String.raw`\b${module}\b(\.\w+)?`, "g"))];
  // A capital letter is a type of the module's, or its Agent.
  return uses.some(([, member], index) =>
    member === undefined
      ? index > 0 && new RegExp(String.raw`=\s*${module}\b(?!\.)`).test(text)
      : /^\.(?!createServer\b)[a-z]|^\.Agent$/.test(member),
  );
}

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
    const found = files.filter((file) => otherWay(fs.readFileSync(path.join(ROOT, file), "utf8")));
    assert.deepEqual(found, []);
  });

  for (const text of [
    'import { get } from "node:https";',
    'import { createServer, request as ask } from "http";',
    'import * as https from "node:https";\nhttps.get(url);',
    'import * as https from "node:https";\nconst { get } = https;',
    'import https from "node:https";\nnew https.Agent();',
    'const { get } = require("node:http");',
    'const { get } = await import("node:http2");',
    'import { request } from "undici";',
    "await fetch(url);",
  ])
    it(`are found when they don't: ${text.replaceAll("\n", " ")}`, () => assert.ok(otherWay(text)));

  it("are not what a server or a type is", () => {
    assert.ok(!otherWay('import { createServer, type Server } from "node:http";'));
    assert.ok(!otherWay('import type { IncomingMessage } from "node:http";'));
    assert.ok(!otherWay('import * as http from "node:http";\nlet s: http.Server = http.createServer();'));
  });
});
