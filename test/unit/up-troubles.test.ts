import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { lastWords } from "../../tools/cli/watch/last-words";
import type { Claim, Event, Pod, Snapshot, Workload } from "../../tools/cli/watch/live";
import { plainText } from "../../tools/cli/watch/plain-text";
import { troublesOf } from "../../tools/cli/watch/troubles";
import { watchUpdate } from "../../tools/cli/watch/watch";
import { KubeApi } from "../../tools/dev/cluster/api";

const NAMESPACE = "security-system";

function pod(status: Pod["status"], more: Partial<Pod["metadata"]> = {}): Pod {
  return {
    metadata: {
      name: "falco-abcde",
      namespace: NAMESPACE,
      uid: "pod-1",
      ownerReferences: [{ kind: "DaemonSet", name: "falco" }],
      ...more,
    },
    spec: {
      nodeName: "node-1",
      containers: [{ name: "falco", resources: { limits: { memory: "512Mi" } } }],
      volumes: [{ secret: { secretName: "key" } }],
    },
    status,
  };
}

function container(state: object, more: object = {}) {
  return { name: "falco", image: "docker.io/falco:1", ready: false, restartCount: 0, state, ...more };
}

function event(reason: string, message: string, uid = "pod-1", type = "Warning"): Event {
  return {
    metadata: { uid: `event-${reason}` },
    type,
    reason,
    message,
    involvedObject: { kind: "Pod", name: "x", uid },
  };
}

function snapshot(some: Partial<Snapshot>): Snapshot {
  return { pods: [], events: [], claims: [], workloads: [], drivers: undefined, ...some };
}

function waiting(reason: string, message = "") {
  return pod({ phase: "Pending", containerStatuses: [container({ waiting: { reason, message } })] });
}

function unschedulable(message: string): Pod {
  const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
  return { ...pod({ phase: "Pending", conditions: [condition] }), spec: { containers: [] } };
}

function looping(lastState: object): Pod {
  const status = container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 3, lastState });
  return pod({ phase: "Running", containerStatuses: [status] });
}

const CLAIM: Claim = {
  metadata: { name: "queue-gateway-0", namespace: NAMESPACE, uid: "claim-1" },
  spec: { storageClassName: "fast" },
  status: { phase: "Pending" },
};

const DAEMON_SET: Workload = {
  kind: "DaemonSet",
  metadata: { name: "falco", namespace: NAMESPACE, uid: "set-1" },
  status: { desiredNumberScheduled: 2, currentNumberScheduled: 0 },
};

const EXTERNAL =
  "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually";

/** What is seen, words of the sentence, words of the fix, whether the update ends by it. */
const CASES: [string, Partial<Snapshot>, RegExp, RegExp, boolean][] = [
  [
    "an image that can't be pulled, with the registry's word",
    {
      pods: [waiting("ImagePullBackOff", "Back-off pulling image")],
      events: [event("Failed", 'Failed to pull image "docker.io/falco:1": not found')],
    },
    /DaemonSet falco in security-system: the image docker\.io\/falco:1 of container falco can't be pulled on node node-1: .*not found/,
    /override\.<workload>\.image/,
    true,
  ],
  [
    "a container that can't be started",
    { pods: [waiting("RunContainerError", "exec: no such file")] },
    /exec: no such file/,
    /override/,
    true,
  ],
  [
    "a Secret that is not there yet",
    { pods: [waiting("CreateContainerConfigError", 'secret "key" not found')] },
    /secret "key" not found/,
    /starts by itself/,
    false,
  ],
  [
    "a crash loop",
    { pods: [looping({ terminated: { exitCode: 1, reason: "Error" } })] },
    /was started 4 times and does not stay: it ended with exit code 1$/,
    /logs falco-abcde --container falco --previous/,
    true,
  ],
  [
    "a crash loop by a probe",
    {
      pods: [looping({ terminated: { exitCode: 137, reason: "Error" } })],
      events: [event("Unhealthy", "Liveness probe failed: 503")],
    },
    /exit code 137; Liveness probe failed: 503/,
    /--previous/,
    true,
  ],
  [
    "too little memory",
    { pods: [looping({ terminated: { exitCode: 137, reason: "OOMKilled" } })] },
    /more memory than its limit of 512Mi/,
    /resources\.limits\.memory/,
    true,
  ],
  [
    "nodes that are too small",
    { pods: [unschedulable("0/2 nodes are available: 2 Insufficient memory.")] },
    /no node takes its pod: 0\/2 nodes are available: 2 Insufficient memory/,
    /larger ones/,
    true,
  ],
  [
    "a node that an autoscaler makes",
    {
      pods: [unschedulable("0/2 nodes are available: 2 Insufficient memory.")],
      events: [event("TriggeredScaleUp", "pod triggered scale-up", "pod-1", "Normal")],
    },
    /no node takes its pod/,
    /a node is being made/,
    false,
  ],
  [
    "nodes that are about to be ready",
    {
      pods: [
        unschedulable(
          "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
        ),
      ],
    },
    /not-ready/,
    /taint/,
    false,
  ],
  [
    "a full disk",
    {
      pods: [
        unschedulable(
          "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.",
        ),
      ],
    },
    /disk-pressure/,
    /Free space/,
    true,
  ],
  [
    "a StorageClass that is not there",
    {
      claims: [CLAIM],
      events: [event("ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', "claim-1")],
      pods: [unschedulable("0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.")],
    },
    /PersistentVolumeClaim queue-gateway-0 in security-system gets no volume of StorageClass fast: .*not found/,
    /kubectl get storageclass/,
    true,
  ],
  [
    "a driver that is not installed",
    { claims: [CLAIM], drivers: [], events: [event("ExternalProvisioning", EXTERNAL, "claim-1", "Normal")] },
    /whose driver ebs\.csi\.aws\.com is not installed/,
    /Install that driver/,
    true,
  ],
  [
    "a driver that takes its time",
    {
      claims: [CLAIM],
      drivers: ["ebs.csi.aws.com"],
      events: [event("ExternalProvisioning", EXTERNAL, "claim-1", "Normal")],
    },
    /waits for a volume of StorageClass fast: /,
    /driver's pods/,
    false,
  ],
  [
    "Pod Security",
    {
      workloads: [DAEMON_SET],
      events: [
        event(
          "FailedCreate",
          'pods "falco-" is forbidden: violates PodSecurity "restricted:latest": privileged',
          "set-1",
        ),
      ],
    },
    /the API server refuses its pods: .*violates PodSecurity "restricted:latest"/,
    /pod-security\.kubernetes\.io\/enforce/,
    true,
  ],
  [
    "a quota",
    { workloads: [DAEMON_SET], events: [event("FailedCreate", "exceeded quota: compute", "set-1")] },
    /exceeded quota/,
    /ResourceQuota/,
    true,
  ],
  [
    "a webhook that is away",
    {
      workloads: [DAEMON_SET],
      events: [event("FailedCreate", 'failed calling webhook "x": connection refused', "set-1")],
    },
    /failed calling webhook/,
    /tried again/,
    false,
  ],
  [
    "a path that the node lacks",
    {
      pods: [
        pod({
          phase: "Pending",
          containerStatuses: [container({ waiting: { reason: "ContainerCreating" } })],
        }),
      ],
      events: [
        event("FailedMount", "MountVolume.SetUp failed: hostPath type check failed: /x is not a directory"),
      ],
    },
    /a volume can't be mounted on node node-1: .*\/x is not a directory/,
    /nodeSelector/,
    true,
  ],
  [
    "an eviction from a node that the next pod goes to as well",
    { pods: [pod({ phase: "Failed", reason: "Evicted", message: "low on resource: ephemeral-storage" })] },
    /gave its pod up \(Evicted\)/,
    /Free space/,
    true,
  ],
  [
    "an eviction of a pod whose next one may go elsewhere",
    {
      pods: [
        pod(
          { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory" },
          { ownerReferences: [{ kind: "StatefulSet", name: "gateway" }] },
        ),
      ],
    },
    /gave its pod up \(Evicted\)/,
    /larger one/,
    false,
  ],
  [
    "a node that does not take its pod up",
    { pods: [pod({ phase: "Pending" })] },
    /node node-1 does not take its pod up: its kubelet does not answer/,
    /kubectl delete node node-1/,
    true,
  ],
  [
    "a node that does not end its old pod",
    { pods: [pod({ phase: "Running" }, { deletionTimestamp: "2026-11-29T00:00:00Z" })] },
    /node node-1 does not end its old pod: its kubelet does not answer/,
    /Start that node/,
    true,
  ],
];

describe("what keeps an update's workloads from becoming ready", () => {
  for (const [name, seen, what, fix, ends] of CASES)
    it(`${name}: one sentence with the fix${ends ? ", and the end of the update" : ""}`, () => {
      const [trouble, ...others] = troublesOf(snapshot(seen));
      assert.deepEqual(others, []);
      assert.match(trouble!.what, what);
      assert.match(trouble!.fix, fix);
      assert.equal(trouble!.hopelessAfter !== undefined, ends);
      // Two minutes, with the time that the kubelet and Pulumi take.
      assert.ok((trouble!.hopelessAfter ?? 0) <= 75);
    });

  it("is one trouble for a DaemonSet that has it on a hundred nodes", () => {
    const pods = Array.from({ length: 100 }, (_, index) => {
      const one = waiting("ErrImagePull", "not found");
      return { ...one, metadata: { ...one.metadata, uid: `pod-${index}` } };
    });
    const troubles = troublesOf(snapshot({ pods }));
    assert.deepEqual(
      troubles.map(({ of }) => of.length),
      [100],
    );
  });

  it("leaves a pod that ends the time that it was given", () => {
    const [trouble] = troublesOf(
      snapshot({
        pods: [
          pod(
            { phase: "Running" },
            { deletionTimestamp: "2026-11-29T00:00:00Z", deletionGracePeriodSeconds: 180 },
          ),
        ],
      }),
    );
    assert.ok(trouble!.toldAfter > 180);
    assert.ok(trouble!.hopelessAfter! > trouble!.toldAfter);
  });

  it("is nothing of healthy pods, and of scans that no update waits for", () => {
    const failing = waiting("ErrImagePull").status;
    const pods = [
      pod({ phase: "Running", containerStatuses: [container({}, { ready: true, restartCount: 9 })] }),
      pod(failing, { ownerReferences: [{ kind: "Job", name: "scan" }] }),
      waiting("ContainerCreating"),
    ];
    assert.deepEqual(troublesOf(snapshot({ pods, workloads: [{ ...DAEMON_SET, status: {} }] })), []);
  });
});

describe("text of others on the terminal", () => {
  it("moves no cursor, sets no colour or title, turns no text around and starts no command of a build", () => {
    const hostile = "a\u001b[2J\u001b]0;title\u0007b\rc\u009b31md\u202ee\u200bf\n##[error]x \u0000y";
    const plain = plainText(hostile);
    assert.doesNotMatch(plain, /[\p{Cc}\p{Cf}]/u);
    assert.doesNotMatch(plain, /##\[/);
    assert.match(plain, /^a.*f ## \[error\]x y$/);
  });

  it("shows no password, token or key, and stays short", () => {
    const line = `https://u:hunter2@es:9200 password=hunter2 "api_key": "hunter2" Authorization: Bearer hunter2abc token: hunter2 eyJhbGciOiJSUzI1.eyJzdWIiOiIx.hunter2 ${"x".repeat(9999)}`;
    const plain = plainText(line);
    assert.doesNotMatch(plain, /hunter2/);
    assert.ok(plain.length < 310);
  });
});

describe("an update that is watched", function () {
  this.timeout(60_000);
  const POD = waiting("ErrImagePull", "not found");

  /** An API server with these pods; each list is what `pods` gives then. `gone` is of the container before the last. */
  async function withServer(
    pods: () => Pod[],
    use: (api: KubeApi) => Promise<void>,
    gone?: string,
  ): Promise<void> {
    const server = createServer((request, response) => {
      if (gone !== undefined && request.url?.includes("previous=true")) return void response.end(gone);
      const items = request.url?.endsWith("/pods") ? pods() : [];
      if (request.url?.includes("/log?")) return void response.end("first\nkey is s3cr3t-v4lue\n");
      if (request.url?.includes("/secrets/"))
        return void response.end(
          JSON.stringify({ data: { key: Buffer.from("s3cr3t-v4lue\n").toString("base64") } }),
        );
      response.end(JSON.stringify({ items }));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const api = new KubeApi({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    try {
      await use(api);
    } finally {
      await api.close();
      server.close();
    }
  }

  const result = { code: 0, stdout: "", stderr: "", interrupted: false };
  /** Goes on until it is ended, or for so long. */
  const run = (ms: number) => async (signal: AbortSignal) => {
    const isEnded = await sleep(ms, false, { signal }).catch(() => true);
    return { ...result, code: isEnded ? 255 : 0 };
  };

  function watch(api: KubeApi, said: string[], notAwaited: string[] = []) {
    return {
      api,
      namespaces: [NAMESPACE],
      notAwaited,
      say: (line: string) => void said.push(line),
      secondMs: 20,
    };
  }

  it("is ended by what does not mend itself, which is told once", async () => {
    let calls = 0;
    await withServer(
      () => (calls++ === 0 ? [] : [POD]),
      async (api) => {
        const said: string[] = [];
        const { code, interrupted } = await watchUpdate(watch(api, said), run(15_000));
        assert.deepEqual([code, interrupted], [255, false]);
        assert.equal(said.filter((line) => line.startsWith("! ")).length, 1);
        assert.match(
          said.join("\n"),
          /\nEnded, since this does not mend itself: DaemonSet falco .*\n {2}fix: /,
        );
      },
    );
  });

  it("goes on where the pod was there before, or its workload is not waited for", async () => {
    let calls = 0;
    await withServer(
      () => [POD],
      async (api) => {
        const said: string[] = [];
        assert.equal((await watchUpdate(watch(api, said), run(3_000))).code, 0);
        assert.match(said.join("\n"), /since before this update/);
      },
    );
    await withServer(
      () => (calls++ === 0 ? [] : [POD]),
      async (api) => {
        const said: string[] = [];
        const watched = watch(api, said, ["DaemonSet falco in security-system"]);
        assert.equal((await watchUpdate(watched, run(3_000))).code, 0);
        assert.equal(said.length, 1);
      },
    );
  });

  it("shows the last words of a container without the values of its Secrets", async () => {
    await withServer(
      () => [],
      async (api) => assert.deepEqual(await lastWords(api, POD, "falco"), ["first", "key is [hidden]"]),
    );
  });

  it("shows what the container says now where the kubelet no longer has what it said before", async () => {
    await withServer(
      () => [],
      async (api) => assert.equal((await lastWords(api, POD, "falco"))[0], "first"),
      "unable to retrieve container logs for containerd://63cd1de302cd5b536f5033ebd16b7732",
    );
  });
});
