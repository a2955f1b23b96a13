import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { ReceiverProcess } from "../rigs/audit/receiver-process";
import { sumOf } from "./looking";

const POLICY = path.join(__dirname, "../../components/k8s-audit/policy/audit-policy.yaml");
const AWAY_SECONDS = 300;
/** Four waits of an API server, with what it adds by chance: 60, 90, 135 and 202 s, a fifth more each. */
const PATIENCE_MS = 10 * 60_000;

// An API server that has no other place for its events than the receiver.
describe("a webhook that is away, or too slow", function () {
  this.timeout(25 * 60_000);
  let folder: string;
  let receiver: ReceiverProcess;
  let cluster: Cluster | undefined;
  let api: KubeApi;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "audit-webhook-"));
    receiver = await ReceiverProcess.create(folder);
    await receiver.start();
  });

  afterEach(async () => {
    await api?.close();
    await cluster?.stop();
    await receiver.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(flags: readonly string[]): Promise<void> {
    cluster = await startCluster({
      name: "audit-webhook",
      ephemeral: true,
      apiServer: [
        `--audit-policy-file=${POLICY}`,
        `--audit-webhook-config-file=${receiver.kubeconfig}`,
        "--audit-webhook-batch-max-wait=1s",
        ...flags,
      ],
    });
    api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  }

  /** Asks for objects that are not there, by names that are found again. */
  async function ask(from: number, to: number): Promise<void> {
    for (let i = from; i < to; i += 50)
      await Promise.all(
        Array.from({ length: Math.min(50, to - i) }, (_, j) =>
          api.get(`/api/v1/namespaces/default/secrets/asked-${i + j}`).catch(() => undefined),
        ),
      );
  }

  const received = () =>
    new Set(receiver.lines().flatMap((line) => /secrets\/(asked-\d+)"/.exec(line)?.[1] ?? []));

  it(`loses nothing in ${AWAY_SECONDS} s with the flags of the README, and is sent all of it afterwards`, async () => {
    await start(["--audit-webhook-initial-backoff=60s", "--audit-webhook-truncate-enabled"]);
    await ask(0, 100);
    await receiver.end("SIGKILL");
    for (let part = 1; part <= 10; part += 1) {
      await ask(part * 100, part * 100 + 100);
      // The time itself is what is tested.
      await sleep((AWAY_SECONDS * 1000) / 10);
    }
    await receiver.start();
    const back = Date.now();
    await waitUntil("all events", async () => received().size === 1100, PATIENCE_MS);
    console.log(`        all there ${Math.round((Date.now() - back) / 1000)} s after it was back`);
    assert.equal(sumOf(await api.get<string>("/metrics"), "apiserver_audit_error_total"), 0);
  });

  it("loses what the API server's buffer does not hold, and every one of these is counted", async () => {
    await start([
      "--audit-webhook-batch-buffer-size=100",
      "--audit-webhook-batch-max-size=10",
      "--audit-webhook-batch-throttle-qps=5",
      "--audit-webhook-batch-throttle-burst=1",
    ]);
    await ask(0, 2000);
    const counted = async () => {
      const metrics = await api.get<string>("/metrics");
      return {
        made: sumOf(metrics, "apiserver_audit_event_total"),
        lost: sumOf(metrics, "apiserver_audit_error_total"),
      };
    };
    const { made, lost } = await waitUntil(
      "all events that were not lost",
      async () => {
        const now = await counted();
        return now.made - now.lost === receiver.lines().length && now;
      },
      PATIENCE_MS,
    );
    console.log(`        ${made} events, ${lost} lost and counted`);
    assert.ok(lost > 0);
  });
});
