import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer } from "node:http";
import { isBuiltin } from "node:module";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { buildProgram, nodeProgram } from "../../components/node-program/bundle";
import { HttpClient } from "../../components/node-program/http-client";
import {
  API_SERVER,
  amount,
  apiServer,
  ELASTICSEARCH,
  elasticsearchTargets,
  readSettings,
  text,
  word,
} from "../../components/node-program/settings";
import { REPORTER_SOURCE } from "../../components/trivy/cron-job";
import { RUNNER_ALIASES, RUNNER_SOURCE } from "../../scenarios/feature/bundle";

const ROOT = path.join(__dirname, "..", "..");

interface Case {
  source: string;
  aliases: Readonly<Record<string, string>>;
  /** Modules that are no part of Node, each asked for in a try of its own. */
  optional: string[];
  mostBytes: number;
}

const PROGRAMS: Record<string, Case> = {
  "Trivy's reporter": { source: REPORTER_SOURCE, aliases: {}, optional: [], mostBytes: 384 * 1024 },
  "the scenarios' runner": {
    source: RUNNER_SOURCE,
    aliases: RUNNER_ALIASES,
    // Of ws and node-fetch.
    optional: ["bufferutil", "encoding", "utf-8-validate"],
    mostBytes: 900 * 1024,
  },
};

describe("programs for pods", () => {
  for (const [name, { source, aliases, optional, mostBytes }] of Object.entries(PROGRAMS))
    describe(name, () => {
      const program = nodeProgram(source, aliases);

      it("has the same bytes each time it is built, and none of this machine's folders in them", () => {
        assert.equal(buildProgram(source, aliases), program);
        assert.equal(program.includes(ROOT), false);
      });

      it("needs nothing but Node", () => {
        const required = [...program.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1]!);
        const foreign = required.filter((module) => !isBuiltin(module) && !module.startsWith("node:"));
        assert.ok(required.length > 0);
        assert.deepEqual([...new Set(foreign)].sort(), optional);
      });

      it(`is no larger than ${mostBytes / 1024} KiB`, () => {
        assert.ok(Buffer.byteLength(program) < mostBytes, `${Buffer.byteLength(program)} bytes`);
      });
    });
});

describe("settings of a program in a pod", () => {
  const environment = {
    ...API_SERVER,
    ...ELASTICSEARCH,
    MINUTES: amount,
    LEVEL: word(["low", "high"]),
    NAME: text,
  };
  const env = {
    ELASTICSEARCH_URLS: "https://a.example:9200 https://b.example:9200/es",
    ELASTICSEARCH_API_KEY_FILE: __filename,
    KUBERNETES_SERVICE_HOST: "fd00::1",
    KUBERNETES_SERVICE_PORT: "6443",
    MINUTES: "0.5",
    LEVEL: "high",
    NAME: "x",
  };
  const refusal = (more: Record<string, string>): string => {
    try {
      readSettings(environment, { ...env, ...more });
    } catch (error) {
      return (error as Error).message;
    }
    return assert.fail("accepted");
  };

  it("are read with their types, defaults and files", () => {
    const settings = readSettings(environment, { ...env, PATH: "/bin" });
    assert.deepEqual(
      [settings.MINUTES, settings.LEVEL, settings.ELASTICSEARCH_CA_FILE],
      [0.5, "high", undefined],
    );
    assert.deepEqual(
      elasticsearchTargets(settings).map(({ url }) => url),
      ["https://a.example:9200", "https://b.example:9200/es"],
    );
    assert.deepEqual(apiServer(settings), {
      url: "https://[fd00::1]:6443",
      caFile: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
      tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
    });
  });

  it("have the key that is in its file when a request is sent or refused, or the last one while there is none", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-"));
    const file = path.join(folder, "api_key");
    const seen: unknown[] = [];
    let isReplaced = false;
    const store = createServer(({ headers }, response) => {
      seen.push(headers.authorization);
      // As the new one comes while a request with the old one is on its way.
      if (isReplaced) fs.writeFileSync(file, "newest");
      if (isReplaced || headers.authorization === "ApiKey gone") response.statusCode = 401;
      isReplaced = false;
      response.end("{}");
    });
    await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
    fs.writeFileSync(file, "old\n");
    const url = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
    const settings = { ...env, ELASTICSEARCH_URLS: url, ELASTICSEARCH_API_KEY_FILE: file };
    const client = new HttpClient(elasticsearchTargets(readSettings(environment, settings))[0]);
    try {
      for (const change of [
        () => {},
        () => fs.writeFileSync(file, "new\n"),
        // As for a moment while it is replaced.
        () => fs.rmSync(file),
        () => fs.writeFileSync(file, ""),
        () => fs.writeFileSync(file, "newer"),
      ]) {
        change();
        await client.request({ method: "GET", path: "/" });
      }
      isReplaced = true;
      assert.equal((await client.request({ method: "POST", path: "/", body: "{}" })).status, 200);
      fs.writeFileSync(file, "gone");
      assert.equal((await client.request({ method: "GET", path: "/" })).status, 401);
      assert.deepEqual(
        seen,
        ["old", "new", "new", "new", "newer", "newer", "newest", "gone"].map((key) => `ApiKey ${key}`),
      );
    } finally {
      await client.close();
      store.close();
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("name all variables that are missing or wrong at once", () => {
    assert.equal(
      refusal({ MINUTES: "soon", LEVEL: "middle", NAME: "", ELASTICSEARCH_API_KEY_FILE: "/nowhere" }),
      "ELASTICSEARCH_API_KEY_FILE: /nowhere can't be read (ENOENT); MINUTES: soon is no number, or below 0; LEVEL: middle is none of low, high; NAME is not set",
    );
    assert.match(refusal({ MINUTES: "-1" }), /-1 is no number, or below 0/);
    assert.match(
      refusal({ ELASTICSEARCH_CA_FILE: "/" }),
      /ELASTICSEARCH_CA_FILE: \/ can't be read \(EISDIR\)/,
    );
  });
});
