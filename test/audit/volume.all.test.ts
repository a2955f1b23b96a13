import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { KubeApi } from "../../tools/dev/cluster/api";
import { startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { prepareTheDay, spendADay } from "./everyday";
import { countApiCalls } from "./looking";

const OWN = path.join(__dirname, "../../components/k8s-audit/policy/audit-policy.yaml");

interface Volume {
  calls: number;
  events: number;
  bytes: number;
}

describe("the volume of the audit log", function () {
  this.timeout(10 * 60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "audit-volume-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What an ordinary day writes with a policy. */
  async function volumeOf(name: string, policy: string): Promise<Volume> {
    const log = path.join(folder, `${name}.log`);
    const cluster = await startCluster({
      name: "audit-volume",
      ephemeral: true,
      apiServer: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    });
    const target = targetOfKubeconfig(cluster.kubeconfigPath);
    const api = new KubeApi(target);
    try {
      const apis = await prepareTheDay({ api, target });
      const before = { calls: await countApiCalls(api), bytes: statSync(log).size };
      await spendADay(apis);
      const written = readFileSync(log).subarray(before.bytes);
      const events = written.toString().split("\n").length - 1;
      return { calls: (await countApiCalls(api)) - before.calls, events, bytes: written.length };
    } finally {
      await api.close();
      await cluster.stop();
    }
  }

  /** Everything at one level, as examples have it (kubernetes.io, "Auditing"). */
  function everythingAt(level: string): string {
    const file = path.join(folder, `${level}.yaml`);
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level }] }),
    );
    return file;
  }

  it("of an ordinary day is less with the stack's policy than with everything, at either level", async () => {
    const policies = {
      "the stack's": OWN,
      "everything, Metadata": everythingAt("Metadata"),
      "everything, RequestResponse": everythingAt("RequestResponse"),
    };
    const perThousand: Record<string, { events: number; bytes: number }> = {};
    for (const [name, policy] of Object.entries(policies)) {
      const { calls, events, bytes } = await volumeOf(path.basename(policy), policy);
      perThousand[name] = { events: (events / calls) * 1000, bytes: (bytes / calls) * 1000 };
      const { events: lines, bytes: size } = perThousand[name];
      console.log(
        `        ${name}: per 1,000 API calls ${Math.round(lines)} events, ${Math.round(size / 1024)} KiB`,
      );
    }
    const [own, metadata, all] = Object.values(perThousand);
    assert.ok(own!.events < metadata!.events && own!.bytes < metadata!.bytes);
    assert.ok(own!.events < all!.events && own!.bytes < all!.bytes / 2);
  });
});
