import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { apiServerOf, loadKubeConfig } from "../../components/node-program/api-server";
import { staticTarget } from "../../components/node-program/static-kubeconfig";

type Json = Record<string, unknown>;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const CLUSTER = { server: "https://10.0.0.1:6443", "certificate-authority-data": base64("ca") };
const CERTIFICATE = { "client-certificate-data": base64("cert"), "client-key-data": base64("key") };

function kubeconfig(cluster: Json, user: Json, others: Json = {}): string {
  return stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "here" },
    clusters: [{ name: "a", cluster }],
    users: [{ name: "b", user }],
    contexts: [
      { name: "here", context: { cluster: "a", user: "b", namespace: "shop" } },
      { name: "there", context: { cluster: "c", user: "d" } },
    ],
    ...others,
  });
}

describe("a kubeconfig that is read without the client library", () => {
  for (const [what, user] of Object.entries({ certificate: CERTIFICATE, token: { token: "t0ken" } }))
    it(`gives what the library gives for a ${what}`, async () => {
      const text = kubeconfig(CLUSTER, user);
      const { connect: _, ...theirs } = await apiServerOf(await loadKubeConfig(undefined, text));
      const { ca, cert, key, ...ours } = staticTarget(undefined, text)!;
      assert.deepEqual(ours, theirs);
      assert.equal(ca, "ca");
      assert.deepEqual([cert, key], what === "token" ? [undefined, undefined] : ["cert", "key"]);
    });

  const elsewhere: Record<string, string> = {
    "a plugin": kubeconfig(CLUSTER, { exec: { command: "aws" } }),
    "a plugin beside a token": kubeconfig(CLUSTER, { token: "t", exec: { command: "aws" } }),
    "a provider": kubeconfig(CLUSTER, { "auth-provider": { name: "oidc" } }),
    "a token's file beside the token": kubeconfig(CLUSTER, { token: "t", tokenFile: "/var/run/token" }),
    "a password": kubeconfig(CLUSTER, { username: "u", password: "p" }),
    "another user to act as": kubeconfig(CLUSTER, { ...CERTIFICATE, as: "root" }),
    "files beside it": kubeconfig(CLUSTER, { "client-certificate": "c.crt", "client-key": "c.key" }),
    "a proxy": kubeconfig({ ...CLUSTER, "proxy-url": "http://proxy:3128" }, CERTIFICATE),
    "no verification": kubeconfig({ server: CLUSTER.server, "insecure-skip-tls-verify": true }, CERTIFICATE),
    "the system's authorities": kubeconfig({ server: CLUSTER.server }, CERTIFICATE),
    "another server name": kubeconfig({ ...CLUSTER, "tls-server-name": "x" }, CERTIFICATE),
    "no context that is there": kubeconfig(CLUSTER, CERTIFICATE, { "current-context": "gone" }),
    "a context without its cluster": kubeconfig(CLUSTER, CERTIFICATE, { "current-context": "there" }),
    "two users of the name": kubeconfig(CLUSTER, CERTIFICATE, {
      users: [CERTIFICATE, { token: "t" }].map((user) => ({ name: "b", user })),
    }),
    "text that is no YAML": "a: [",
    "no text": "",
  };
  for (const [what, text] of Object.entries(elsewhere))
    it(`leaves ${what} to the library`, () => assert.equal(staticTarget(undefined, text), undefined));

  it("takes the context that is asked for", () => {
    const text = kubeconfig(CLUSTER, CERTIFICATE, { "current-context": "there" });
    assert.equal(staticTarget("here", text)?.url, CLUSTER.server);
    assert.equal(staticTarget("there", text), undefined);
  });

  describe("of the environment", () => {
    const before = process.env["KUBECONFIG"];
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "static-kubeconfig-"));
    const file = path.join(folder, "config");
    fs.writeFileSync(file, kubeconfig(CLUSTER, CERTIFICATE));
    after(() => {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
      fs.rmSync(folder, { recursive: true });
    });

    for (const [what, value, isRead] of [
      ["one file", file, true],
      ["one file, and nothing behind a colon", `${file}:`, true],
      ["two files", `${file}:${file}`, false],
      ["a file that is not there", path.join(folder, "none"), false],
    ] as const)
      it(`${isRead ? "reads" : "leaves to the library"} ${what}`, () => {
        process.env["KUBECONFIG"] = value;
        assert.equal(staticTarget(undefined)?.url, isRead ? CLUSTER.server : undefined);
      });
  });
});
