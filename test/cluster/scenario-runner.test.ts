import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ESCAPE_NAMESPACE, NAMESPACE } from "../../scenarios/model/names";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { longTest } from "../support/long-test";
import { ExecProxy, StoreStub } from "../support/scenarios/scenario-cluster";
import { leaseIsSilent, nothingIsLeft, ScenarioRun } from "../support/scenarios/scenario-run";
import { connect } from "../support/stack/objects";

/** Has what every expectation asks for: these tests are about the cluster, not about the documents. */
const DOCUMENT = {
  "@timestamp": new Date().toISOString(),
  event: { severity: [1, 2, 3, 4] },
  threat: { technique: { id: ["T1053.003", "T1059", "T1059.004"] }, tactic: { id: ["TA0003"] } },
  process: { name: "sh" },
  kubernetes: { pod: { uid: "u" } },
  container: { id: "c" },
};

// Pods of the simulated nodes run nothing: exec is answered by the tests' own server (see ExecProxy), the rest by the
// real API server with its admission, quota and garbage collection.
describe("the scenario runner on a cluster", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let api: KubeApi;
  let proxy: ExecProxy;
  let store: StoreStub;
  let folder: string;

  before(async () => {
    cluster = await startCluster({ name: "scenarios", ephemeral: true });
    api = connect(cluster.kubeconfigPath);
    proxy = await ExecProxy.start(cluster.kubeconfigPath);
    store = await StoreStub.start();
    folder = mkdtempSync(join(tmpdir(), "security-stack-scenarios-"));
    writeFileSync(join(folder, "kubeconfig"), proxy.kubeconfig());
    writeFileSync(join(folder, "kubeconfig-prod"), proxy.kubeconfig("shop-prod"));
    writeFileSync(join(folder, "ca.crt"), store.ca);
    store.hits = [1, 2].map((n) => ({ _id: `${n}`, _index: "security-events", _source: DOCUMENT }));
  });
  beforeEach(() => {
    proxy.answer = () => ({});
    proxy.calls.length = 0;
  });
  afterEach(function () {
    for (const run of ScenarioRun.all.splice(0)) run.endWith(this.currentTest?.state);
  });
  after(async () => {
    await Promise.all([proxy?.stop(), store?.stop()]);
    api?.close();
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...args: string[]) =>
    new ScenarioRun([
      ...["--kubeconfig", join(folder, "kubeconfig"), "--es", store.url, "--ca", join(folder, "ca.crt")],
      ...["--report", join(folder, "report"), "--ignore-sensors", "--lock-seconds", "2", ...args],
    ]);
  const context = ["--context", "test"];
  const shell = ["--only", "validate-shell", ...context];

  it("makes restricted pods, attacks with and without a terminal, and leaves nothing", async () => {
    let seen: Awaited<ReturnType<typeof surroundings>> | undefined;
    proxy.answer = async () => {
      seen ??= await surroundings(api);
      return { stdout: "nobody" };
    };
    const run = start("--only", "validate-shell", "validate-cron-persistence", ...context);
    assert.equal(await run.exitCode(), 0, run.output);
    assert.deepEqual(
      proxy.calls.map(({ pod, tty }) => `${pod} ${tty}`),
      ["ctem-testbox true", "ctem-testbox false", "escape-box false", "escape-box false"],
    );
    assert.deepEqual(seen, {
      levels: { [NAMESPACE]: "restricted", [ESCAPE_NAMESPACE]: "privileged" },
      policies: ["attacker-to-target", "default-deny", "default-deny"],
      quotas: ["8", "1"],
      pods: ["ctem-testbox", "escape-box"],
    });
    await nothingIsLeft(api);
  });

  it("downloads from the address of the target's pod", async () => {
    const target = `/api/v1/namespaces/${NAMESPACE}/pods/target-nginx`;
    let address = "";
    const download = new Promise<string[]>((resolve) => {
      proxy.answer = async ({ pod, command }) => {
        if (pod !== "attacker") return {};
        address = (await api.get<{ status: { podIP: string } }>(target)).status.podIP;
        resolve(command);
        return { hang: true };
      };
    });
    const run = start("--only", "download-execute", ...context);
    const [, , script = ""] = await download;
    run.signal("SIGINT");
    assert.equal(await run.exitCode(), 130, run.output);
    assert.match(address, /^10\./);
    assert.ok(script.includes(`http://${address}/ctem-tool &&`), script);
  });

  longTest(
    "lets one run at a time, whose Ctrl-C cleans up: the second says so and stops, the first goes on",
    async () => {
      proxy.answer = () => ({ hang: true });
      const first = start(...shell);
      await first.says("validate-shell");
      const second = start(...shell);
      assert.equal(await second.exitCode(), 2, second.output);
      assert.match(second.output, /Another run of the scenarios is at work: .*\/\d+, last heard of \d s ago/);
      assert.equal(proxy.connections, 1);
      first.signal("SIGINT");
      assert.equal(await first.exitCode(), 130, first.output);
      await nothingIsLeft(api);
    },
  );

  longTest("killed at any step, leaves nothing after the next run", async () => {
    proxy.answer = () => ({ hang: true });
    for (const step of ["lock taken", "namespaces made", "validate-shell"]) {
      const run = start(...shell);
      await run.says(step);
      run.signal("SIGKILL");
      await run.exitCode();
      await leaseIsSilent(api);
    }
    proxy.answer = () => ({});
    const last = start(...shell);
    assert.equal(await last.exitCode(), 0, last.output);
    assert.match(last.output, /what an earlier run left is removed/);
    await nothingIsLeft(api);
  });

  it("tells an attack that could not be made from one that was not found", async () => {
    proxy.answer = ({ tty }) => (tty ? { exitCode: 126, stderr: "sh: not found" } : {});
    const run = start(...shell);
    assert.equal(await run.exitCode(), 1, run.output);
    assert.match(run.output, /exit code 126: sh: not found/);
    assert.match(run.output, /validate-shell: error/);
  });

  it("refuses without a context, on a protected one, and on production that nobody confirmed", async () => {
    const production = ["--kubeconfig", join(folder, "kubeconfig-prod"), "--context", "shop-prod"];
    const cases: [string[], RegExp][] = [
      [[], /No context was named/],
      [[...context, "--protect", "te*"], /test is protected by "te\*"/],
      [production, /Not confirmed/],
      [[...production, "--protect", "*prod", "--yes", "shop-prod"], /protected by "\*prod"/],
    ];
    await Promise.all(
      cases.map(async ([args, says]) => {
        const run = start(...args);
        assert.equal(await run.exitCode(), 2, run.output);
        assert.match(run.output, says);
      }),
    );
    assert.equal(proxy.calls.length, 0);
  });

  it("refuses a namespace of that name that is not its own, and leaves it", async () => {
    const path = "/api/v1/namespaces";
    await api.create(path, { metadata: { name: NAMESPACE } });
    const run = start(...shell);
    assert.equal(await run.exitCode(), 2, run.output);
    assert.match(run.output, /was not made by the scenarios/);
    assert.ok(await api.get(`${path}/${NAMESPACE}`));
  });
});

interface List {
  items: {
    metadata: { name: string; labels?: Record<string, string> };
    spec: { hard?: Record<string, string> };
  }[];
}

/** What stands around the pods while an attack goes on. */
async function surroundings(api: KubeApi) {
  const namespaces = [NAMESPACE, ESCAPE_NAMESPACE];
  const level = async (name: string) => {
    const { metadata } = await api.get<List["items"][number]>(`/api/v1/namespaces/${name}`);
    return [name, metadata.labels?.["pod-security.kubernetes.io/enforce"]];
  };
  const all = async (path: (namespace: string) => string) =>
    (await Promise.all(namespaces.map((name) => api.get<List>(path(name))))).flatMap(({ items }) => items);
  const policies = await all((name) => `/apis/networking.k8s.io/v1/namespaces/${name}/networkpolicies`);
  const quotas = await all((name) => `/api/v1/namespaces/${name}/resourcequotas`);
  const pods = await all((name) => `/api/v1/namespaces/${name}/pods`);
  return {
    levels: Object.fromEntries(await Promise.all(namespaces.map(level))),
    policies: policies.map(({ metadata }) => metadata.name).sort(),
    quotas: quotas.map(({ spec }) => spec.hard?.["pods"]),
    pods: pods.map(({ metadata }) => metadata.name).sort(),
  };
}
