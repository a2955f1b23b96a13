import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { nodePaths } from "../../tools/dev/node/layout";
import { type RealNode, startRealNode } from "../../tools/dev/node/real-node";
import { provideImages } from "../../tools/dev/node/stack-images";
import { hostTraces, nodeProcesses } from "../support/stack/host-traces";
import { connect, until } from "../support/stack/objects";

const NAME = "test-node";
const PODS = "/api/v1/namespaces/default/pods";
const BUSYBOX = imageReference(IMAGES.busybox);
const MARK = "/etc/security-stack-was-here";

// Containers that run for real, in a node of this machine: which is to be as if it had never been.
describe("a real node", function () {
  this.timeout(180_000);
  const paths = nodePaths(clusterPaths(NAME));
  const traces = () => hostTraces(paths);
  const untouched = traces();
  let cluster: Cluster;
  let node: RealNode;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: NAME, ephemeral: true });
    node = await startRealNode(cluster);
    await provideImages(cluster.folder, [BUSYBOX], () => {});
    api = connect(cluster.kubeconfigPath);
  });
  after(async () => {
    api?.close();
    await cluster?.stop();
    rmSync(MARK, { force: true });
  });

  /** Runs a shell line in a pod to its end and gives what it printed. */
  async function inPod(name: string, script: string, spec: object = {}, container: object = {}) {
    const command = ["sh", "-c", script];
    await api.create(PODS, {
      metadata: { name },
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "c", image: BUSYBOX, command, ...container }],
        ...spec,
      },
    });
    const phase = async () => {
      const { status } = await api.get<{ status: { phase: string } }>(`${PODS}/${name}`);
      return status.phase;
    };
    const ended = await until(`the pod ${name}`, phase, (now) => now === "Succeeded" || now === "Failed");
    return { ended, printed: String(await api.get(`${PODS}/${name}/log`)) };
  }

  it("joins beside the simulated nodes, and takes the pods that they no longer get", async () => {
    const { items } = await api.get<{ items: { metadata: { name: string } }[] }>("/api/v1/nodes");
    assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ["node-1", "node-2", node.name]);
    const { ended, printed } = await inPod("hello", "echo hello from $(hostname)");
    assert.deepEqual([ended, printed], ["Succeeded", "hello from hello\n"]);
    const { spec } = await api.get<{ spec: { nodeName: string } }>(`${PODS}/hello`);
    assert.equal(spec.nodeName, node.name);
  });

  it("reaches the API server by the name and address of its Service", async () => {
    const script =
      "nslookup kubernetes.default.svc.cluster.local && nc -w 5 kubernetes.default.svc 443 </dev/null && echo reached";
    const { printed } = await inPod("service", script);
    assert.match(printed, /10\.96\.0\.1/);
    assert.match(printed, /reached/);
  });

  it("keeps what pods write to its files, and its settings, from the machine", async () => {
    const { ended } = await inPod(
      "intruder",
      `touch /host${MARK} && echo 1 > /host/proc/sys/kernel/panic; ls /host${MARK}`,
      { hostPID: true, volumes: [{ name: "host", hostPath: { path: "/" } }] },
      { securityContext: { privileged: true }, volumeMounts: [{ name: "host", mountPath: "/host" }] },
    );
    assert.equal(ended, "Succeeded");
    assert.ok(!existsSync(MARK));
    const { sysctls, rules, mounts } = traces();
    assert.deepEqual({ sysctls, rules, mounts }, pick(untouched));
  });

  it("is found running by a second start, and ended by the next run of a killed one", async () => {
    assert.equal((await startRealNode(cluster)).reused, true);
    // A run that was killed stopped nothing: the next begins with an empty cluster of that name.
    cluster = await startCluster({ name: NAME, ephemeral: true });
    assert.deepEqual(nodeProcesses(join(cluster.folder, "node")), []);
    assert.deepEqual(traces(), untouched);
  });

  it("leaves no process, mount, link, route, rule, cgroup or file behind", async () => {
    node = await startRealNode(cluster);
    assert.notDeepEqual(traces().cgroups, untouched.cgroups);
    await cluster.stop();
    assert.deepEqual(nodeProcesses(cluster.folder), []);
    assert.deepEqual(traces(), untouched);
    assert.ok(!existsSync(cluster.folder));
  });

  function pick({ sysctls, rules, mounts }: ReturnType<typeof hostTraces>) {
    return { sysctls, rules, mounts };
  }
});
