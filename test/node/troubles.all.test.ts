import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { processesOf, type RunningProcess, signalProcesses } from "../../tools/dev/cluster/processes";
import { simulatedLabel } from "../../tools/dev/cluster/simulation";
import { endRealNode } from "../../tools/dev/node/end";
import { nodePaths } from "../../tools/dev/node/layout";
import { startRealNode } from "../../tools/dev/node/real-node";
import { Deployment } from "../support/stack/deployment";
import { until } from "../support/stack/objects";

const NAME = "test-node-faults";
const AWAY_MS = 120_000;
/** Makes the DaemonSet replace its pod. */
const ANOTHER_SIZE = { resources: { limits: { memory: "300Mi" } } };

/** The gateway's Secrets are nobody's here, and its pod stays simulated. */
const SIMULATED = { nodeSelector: simulatedLabel, tolerations: [{ operator: "Exists" }] };

// What only a kubelet and a container runtime say, each brought to its end by `npm run up` as a user has it, and mended.
describe("an update whose containers do not run", function () {
  this.timeout(400_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({
      name: NAME,
      realNode: true,
      neverSimulated: ["nodeCollector"],
    });
    deployment.configure({ toggle: { tetragon: false, osquery: false, trivy: false } });
  });
  after(() => deployment?.stop());

  /** Ends within two minutes by one sentence with its fix; mended, the same command brings the stack up. */
  async function endsBy(
    nodeCollector: object,
    what: RegExp,
    fix: RegExp,
    words: RegExp,
    mend: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    deployment.configure({ override: { gateway: SIMULATED, nodeCollector } });
    const { code, told, seconds, output } = await deployment.watchedUp();
    assert.notEqual(code, 0, output);
    const [, sentence = "", advice = ""] =
      /\nEnded, since this does not mend itself: (.*)\.\n {2}fix: (.*)/.exec(told) ?? [];
    assert.match(sentence, what, `${told}\n${output}`);
    assert.match(advice, fix);
    assert.match(told, words);
    assert.ok(seconds < 120, `${seconds} s`);
    await mend();
    await comesUp(`ended after ${seconds.toFixed(0)} s by: ${sentence}`);
  }

  async function comesUp(before: string): Promise<void> {
    deployment.configure({ override: { gateway: SIMULATED } });
    const mended = await deployment.watchedUp();
    assert.equal(mended.code, 0, mended.output);
    console.log(`      ${before}; mended in ${mended.seconds.toFixed(0)} s`);
  }

  function kubelet(): RunningProcess[] {
    return processesOf(nodePaths(clusterPaths(NAME)).folder, ["kubelet"]);
  }

  async function nodeCondition(type: string): Promise<string | undefined> {
    const { status } = await deployment.api.get<{
      status: { conditions: { type: string; status: string }[] };
    }>(`/api/v1/nodes/${deployment.node!.name}`);
    return status.conditions.find((condition) => condition.type === type)?.status;
  }

  it("ends where an image can't be pulled", () =>
    endsBy(
      { image: "registry.invalid/collector:1.0" },
      /^DaemonSet node-collector in security-system: the image registry\.invalid\/collector:1\.0 .* can't be pulled on node real-1: /,
      /override\.<workload>\.image/,
      /registry\.invalid/,
    ));

  it("ends where a container crashes again and again, with what it said last", () =>
    endsBy(
      // Node, which does not know the collector's options.
      { image: imageReference(IMAGES.node) },
      /^DaemonSet node-collector in security-system: container \S+ was started 4 times and does not stay: it ended with exit code 9/,
      /logs node-collector-\w+ --container \S+ --previous/,
      /\n {2}\| .*bad option: --config/,
    ));

  it("ends where a container's program is not there", () =>
    endsBy(
      { image: imageReference(IMAGES.busybox) },
      /^DaemonSet node-collector in security-system: container .*(can't be started|does not stay): .*--config/,
      /override|--previous/,
      /--config/,
    ));

  it("ends where a container has too little memory", () =>
    endsBy(
      { resources: { requests: { memory: "8Mi" }, limits: { memory: "8Mi" } } },
      /^DaemonSet node-collector in security-system: container \S+ was started 4 times, and killed for using more memory than its limit of 8Mi/,
      /resources\.limits\.memory/,
      /8Mi/,
    ));

  it("ends where the node's disk is full", async () => {
    // What a kubelet sees as full: the disk of this machine stays as it is.
    const kubelet = { evictionHard: { "nodefs.available": "99.9%" } };
    await startRealNode(deployment.cluster, { kubelet });
    await until(
      "the node's word",
      () => nodeCondition("DiskPressure"),
      (status) => status === "True",
      120_000,
    );
    await endsBy(
      ANOTHER_SIZE,
      /^DaemonSet node-collector in security-system: node real-1 gave its pod up \(Evicted\): .*DiskPressure/,
      /Free space on the node's disk/,
      /DiskPressure/,
      () => startRealNode(deployment.cluster),
    );
  });

  it("ends where the node does not answer", async () => {
    signalProcesses(kubelet(), "SIGKILL");
    await endsBy(
      ANOTHER_SIZE,
      /^DaemonSet node-collector in security-system: node real-1 does not (end its old pod|take its pod up): its kubelet does not answer$/,
      /kubectl describe node real-1/,
      /kubelet/,
      async () => {
        await endRealNode(clusterPaths(NAME));
        await startRealNode(deployment.cluster);
      },
    );
  });

  it("says that the API server is away, for two minutes, and comes up after it", async () => {
    const path = "/apis/apps/v1/namespaces/security-system/daemonsets/node-collector";
    const generation = async () => {
      const { metadata } = await deployment.api.get<{ metadata: { generation: number } }>(path);
      return metadata.generation;
    };
    const before = await generation();
    deployment.configure({ override: { gateway: SIMULATED, nodeCollector: ANOTHER_SIZE } });
    const update = deployment.watchedUp();
    await until("the update at work", generation, (now) => now > before, 120_000);
    const server = processesOf(deployment.cluster.folder, ["kube-apiserver"]);
    signalProcesses(server, "SIGSTOP");
    await sleep(AWAY_MS).finally(() => signalProcesses(server, "SIGCONT"));
    const { code, told } = await update;
    assert.match(told, /! The API server does not answer\. Pulumi goes on once it does/);
    assert.match(told, /The API server answers again/);
    await comesUp(`the update that was under way ended with ${code}`);
  });
});
