import assert from "node:assert/strict";
import { IMAGES, imageReference } from "../../components/core/tables/pins";
import { QUARANTINE_LABEL, RECORD_PREFIX, RELEASED_BY } from "../../components/response/marks";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { startRealNode } from "../../tools/dev/node/real-node";
import { reasonAgainstRealNode } from "../../tools/dev/node/requirements";
import { provideImages } from "../../tools/dev/node/stack-images";
import { enforcePolicies } from "../rigs/node/policy-engine";
import { ResponderRig } from "../rigs/response/responder-rig";
import {
  ADMIN,
  config,
  PODS,
  POLICIES,
  RECORD_PATH,
  SHOP,
  type WorldPod,
} from "../rigs/response/response-world";
import { connect } from "../support/stack/objects";

const BUSYBOX = imageReference(IMAGES.busybox);
const PORT = 8080;

interface LivePod extends WorldPod {
  status: {
    phase: string;
    podIP: string;
    containerStatuses?: { containerID: string; restartCount: number; ready: boolean; state: object }[];
  };
}

/** Serves a page, and says each second whether it gets that of the address. */
const script = (to: string) =>
  [
    `mkdir -p /tmp/www; echo here > /tmp/www/index.html; httpd -p ${PORT} -h /tmp/www; i=0; while true; do i=$((i+1))`,
    // Not wget: that of Debian's static busybox, which stands in for the image, ends with a segmentation fault.
    `if printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${to} ${PORT} 2> /dev/null | grep -q '200 OK'; then echo "$i reached"; else echo "$i cut"; fi`,
    "sleep 1; done",
  ].join("\n");

// The kubelet, the containers and the packet filter are real; the responder is told of the pod as Alertmanager tells it.
describe("a quarantined pod on a real node, where NetworkPolicies are enforced", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let api: KubeApi;
  let rig: ResponderRig;

  before(async function () {
    const reason = reasonAgainstRealNode(process);
    if (reason) {
      console.log(`        not run: ${reason}`);
      return this.skip();
    }
    cluster = await startCluster({ name: "test-quarantine", ephemeral: true });
    await startRealNode(cluster);
    await provideImages(cluster.folder, [BUSYBOX], () => {});
    api = connect(cluster.kubeconfigPath);
    rig = await ResponderRig.create(cluster, config("quarantine", "enforce"));
    await enforcePolicies(cluster);
  });
  after(async () => {
    await rig?.destroy();
    api?.close();
    await cluster?.stop();
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") process.stderr.write(rig.process.log().slice(-2000));
  });

  const podSpec = (to: string) => ({
    containers: [
      {
        ...{ name: "main", image: BUSYBOX, command: ["sh", "-c", script(to)] },
        livenessProbe: { httpGet: { path: "/", port: PORT }, periodSeconds: 2, failureThreshold: 2 },
        readinessProbe: { httpGet: { path: "/", port: PORT }, periodSeconds: 2 },
      },
    ],
    terminationGracePeriodSeconds: 0,
  });

  const read = (name: string) => api.get<LivePod>(`${PODS}/${name}`);

  async function running(name: string): Promise<LivePod> {
    return waitUntil(`${name} to be ready`, async () => {
      const pod = await read(name);
      return pod.status.containerStatuses?.[0]?.ready && pod;
    });
  }

  async function pod(name: string, to: string): Promise<LivePod> {
    await api.create(PODS, { metadata: { name, labels: { app: name } }, spec: podSpec(to) });
    return running(name);
  }

  const lines = async (name: string) =>
    String(await api.get(`${PODS}/${name}/log`))
      .trim()
      .split("\n");

  /** Of the next lines that it writes, once three in a row say so. */
  async function says(name: string, word: "reached" | "cut"): Promise<void> {
    const before = (await lines(name)).length;
    await waitUntil(`${name} to be ${word}`, async () => {
      const last = (await lines(name)).slice(before).slice(-3);
      return last.length === 3 && last.every((line) => line.endsWith(word));
    });
  }

  async function podsOfDeployment(): Promise<LivePod[]> {
    const { items } = await api.get<{ items: LivePod[] }>(`${PODS}?labelSelector=app=web`);
    return items.filter(({ status }) => status.containerStatuses?.[0]?.ready);
  }

  it("runs on, is not restarted, and neither reaches nor is reached, until it is released", async () => {
    const server = await pod("server", "127.0.0.1");
    await api.create(`/apis/apps/v1/namespaces/${SHOP}/deployments`, {
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: podSpec(server.status.podIP) },
      },
    });
    await api.create(`/api/v1/namespaces/${SHOP}/services`, {
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: PORT }] },
    });
    const [web] = await waitUntil("the Deployment's pod", async () => {
      const found = await podsOfDeployment();
      return found.length === 1 && found;
    });
    const name = web!.metadata.name;
    await pod("client", web!.status.podIP);
    await pod("customer", `web.${SHOP}.svc.cluster.local`);
    await Promise.all([says(name, "reached"), says("client", "reached"), says("customer", "reached")]);

    await rig.restart(config("quarantine", "enforce"));
    const { status, body } = await rig.post([{ namespace: SHOP, name, uid: web!.metadata.uid }]);
    assert.deepEqual([status, body], [200, '{"acting":1}']);
    assert.ok((await read(name)).metadata.labels?.[QUARANTINE_LABEL]);
    const written = (await lines(name)).length;
    await Promise.all([says(name, "cut"), says("client", "cut"), says("customer", "reached")]);

    const now = await read(name);
    const [container] = now.status.containerStatuses!;
    assert.equal(now.metadata.uid, web!.metadata.uid);
    assert.equal(now.status.phase, "Running");
    assert.equal(container!.containerID, web!.status.containerStatuses![0]!.containerID);
    assert.deepEqual(
      [container!.restartCount, container!.ready],
      [0, true],
      "the kubelet's probes come through",
    );
    assert.ok((await lines(name)).length > written + 2, "its process writes on");
    const [replacement] = await podsOfDeployment();
    assert.notEqual(replacement!.metadata.uid, web!.metadata.uid);

    const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(POLICIES);
    assert.equal(items.length, 1);
    const id = now.metadata.labels![QUARANTINE_LABEL]!;
    await release(id);
    await Promise.all([says(name, "reached"), says("client", "reached")]);
    const after = await read(name);
    const { "pod-template-hash": _, ...labels } = web!.metadata.labels ?? {};
    assert.deepEqual(after.metadata.labels, labels);
    assert.equal(after.status.containerStatuses![0]!.containerID, container!.containerID);
  });

  async function release(id: string): Promise<void> {
    const annotations = { [RELEASED_BY]: ADMIN };
    await api.patch(`${RECORD_PATH}/${RECORD_PREFIX}${id}`, { metadata: { annotations } });
  }
});
