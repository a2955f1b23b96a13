import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseQuantity } from "../../components/kubernetes/quantity";
import { withClient } from "../../tools/dev/node/store-keys";
import { newTable } from "../../tools/dev/table";
import { LogWriter } from "../rigs/pipeline/log-writer";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import { Deployment } from "../support/stack/deployment";
import { until } from "../support/stack/objects";

const SECONDS = Number(process.env["NODE_LOAD_SECONDS"] ?? 600);
const LINES_PER_SECOND = 500;
const SAMPLE_MS = 5000;
const MIB = 2 ** 20;
const NAMESPACE = "security-pipeline";

const FEATURES = [
  { name: "otel_pipeline", config: { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" } },
  { name: "falco", config: { priority: "Notice" } },
  { name: "k8s_audit", config: { source: "webhook", webhook: { url: "https://10.0.0.10:30643" } } },
  { name: "correlation" },
  {
    name: "notifications",
    config: { receivers: [{ name: "chat", slack: { channel: "#security", secretRef: { name: "chat" } } }] },
  },
  { name: "response" },
];

interface Pod {
  metadata: { name: string; namespace: string };
  spec: {
    nodeName: string;
    containers: { name: string; resources: { limits?: { cpu?: string; memory?: string } } }[];
  };
  status: { phase: string; containerStatuses?: Status[] };
}

interface Status {
  name: string;
  ready: boolean;
  restartCount: number;
  lastState: { terminated?: { reason: string } };
}

/** Of the kubelet's `stats/summary`. */
interface Summary {
  pods: {
    podRef: { name: string; namespace: string };
    containers: {
      name: string;
      cpu?: { usageCoreNanoSeconds?: number; time: string };
      memory?: { workingSetBytes?: number };
    }[];
  }[];
}

interface Usage {
  peakBytes: number;
  firstCpu: { nanoSeconds: number; at: number };
  lastCpu: { nanoSeconds: number; at: number };
}

// Under their real security contexts, read-only root, users, probes and limits.
describe(`every container of ours that can run here, ${SECONDS} s under ${LINES_PER_SECOND} lines/s on a real node`, function () {
  this.timeout((SECONDS + 900) * 1000);
  let deployment: Deployment;
  const usage = new Map<string, Usage>();

  before(async () => {
    deployment = await Deployment.start({ name: "test-node-load", asConfigured: true, realNode: true });
    deployment.configure({
      toggle: { tetragon: false, osquery: false, trivy: true },
      features: FEATURES,
      output: { elasticsearch: { managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } } } },
    });
  });
  after(() => deployment?.stop());

  it("stays within the sizing table, is never restarted, and loses no line", async () => {
    await Promise.all([deployment.run("up"), makeReceiverSecret()]);
    await until("every pod", podsOfOurs, (pods) => pods.every(isReady), 300_000);
    const folder = join(deployment.node!.logFolder, "security", "falco");
    mkdirSync(folder, { recursive: true });
    const writer = new LogWriter({
      file: join(folder, "events.log"),
      line: (sequence) => falcoLine({ sequence, size: 1000 }),
      linesPerSecond: LINES_PER_SECOND,
      rotateEveryMs: 60_000,
    });
    const end = Date.now() + SECONDS * 1000;
    while (Date.now() < end) {
      await sample();
      await sleep(SAMPLE_MS);
    }
    const written = await writer.stop();
    const count = () =>
      withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, (client) =>
        client.count("security-events", { term: { "labels.security_tool": "falco" } }),
      );
    assert.equal(await until("every line", count, (found) => found >= written, 300_000), written);
    report(await podsOfOurs(), written);
  });

  /** As soon as there is the namespace. Its server is nowhere: what is sent there is tried again and again. */
  async function makeReceiverSecret(): Promise<void> {
    const namespaces = () =>
      deployment.api.get<{ items: { metadata: { name: string } }[] }>("/api/v1/namespaces");
    const isThere = ({ items }: Awaited<ReturnType<typeof namespaces>>) =>
      items.some(({ metadata }) => metadata.name === NAMESPACE);
    await until("the namespace", namespaces, isThere, 120_000);
    const url = Buffer.from("https://hooks.example.invalid/services/x").toString("base64");
    const secret = { metadata: { name: "chat" }, data: { url } };
    await deployment.api.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, secret);
  }

  async function sample(): Promise<void> {
    const path = `/api/v1/nodes/${deployment.node!.name}/proxy/stats/summary`;
    const { pods } = await deployment.api.get<Summary>(path);
    for (const { podRef, containers } of pods)
      for (const { name, cpu, memory } of containers)
        note(`${podRef.namespace}/${podRef.name}/${name}`, cpu, memory);
  }

  function note(
    key: string,
    cpu: Summary["pods"][number]["containers"][number]["cpu"],
    memory: { workingSetBytes?: number } | undefined,
  ): void {
    const now = { nanoSeconds: cpu?.usageCoreNanoSeconds ?? 0, at: Date.parse(cpu?.time ?? "") };
    const before = usage.get(key);
    usage.set(key, {
      peakBytes: Math.max(before?.peakBytes ?? 0, memory?.workingSetBytes ?? 0),
      firstCpu: before?.firstCpu ?? now,
      lastCpu: now,
    });
  }

  async function podsOfOurs(): Promise<Pod[]> {
    const { items } = await deployment.api.get<{ items: Pod[] }>("/api/v1/pods");
    return items.filter(
      ({ metadata, spec }) =>
        spec.nodeName === deployment.node!.name && !metadata.namespace.startsWith("kube-"),
    );
  }

  function report(pods: readonly Pod[], written: number): void {
    const table = newTable(["container", "memory MiB, peak of limit", "CPU, mean of limit", "restarts"]);
    const problems: string[] = [];
    for (const { metadata, spec, status } of pods)
      for (const { name, resources } of spec.containers) {
        const key = `${metadata.namespace}/${metadata.name}/${name}`;
        const { restartCount = 0, lastState } =
          status.containerStatuses?.find((one) => one.name === name) ?? {};
        const limits = { memory: limitOf(resources, "memory"), cpu: limitOf(resources, "cpu") };
        const { peakBytes = 0, cpu = 0 } = figuresOf(usage.get(key));
        if (restartCount > 0)
          problems.push(`${key}: ${restartCount} restarts, ${lastState?.terminated?.reason}`);
        if (peakBytes > limits.memory) problems.push(`${key}: ${peakBytes} bytes`);
        if (cpu > limits.cpu) problems.push(`${key}: ${cpu} cores`);
        table.push([
          key,
          `${(peakBytes / MIB).toFixed(0)} of ${(limits.memory / MIB).toFixed(0)}`,
          `${cpu.toFixed(3)} of ${limits.cpu}`,
          String(restartCount),
        ]);
      }
    console.log(`${table}\n      ${written} lines, all found`);
    assert.deepEqual(problems, []);
    for (const name of [
      "node-collector",
      "gateway",
      "security-es",
      "elastic-operator",
      "alertmanager",
      "notifier",
    ])
      assert.ok(
        pods.some(({ metadata }) => metadata.name.startsWith(name)),
        `no pod of ${name} on the real node`,
      );
  }
});

/** Every container of the stack has both limits. */
function limitOf({ limits }: Pod["spec"]["containers"][number]["resources"], of: "cpu" | "memory"): number {
  const limit = parseQuantity(limits?.[of] ?? "");
  assert.ok(limit, `no limit of ${of}`);
  return limit;
}

/** A pod of a job that has ended is as it is to be. */
function isReady({ status }: Pod): boolean {
  return (
    status.phase === "Succeeded" ||
    (status.containerStatuses ?? [{ ready: false }]).every(({ ready }) => ready)
  );
}

/** The mean over the whole run, in cores. */
function figuresOf(used: Usage | undefined): { peakBytes?: number; cpu?: number } {
  if (!used) return {};
  const { firstCpu, lastCpu, peakBytes } = used;
  const milliseconds = lastCpu.at - firstCpu.at;
  const cpu = milliseconds > 0 ? (lastCpu.nanoSeconds - firstCpu.nanoSeconds) / 1e6 / milliseconds : 0;
  return { peakBytes, cpu };
}
