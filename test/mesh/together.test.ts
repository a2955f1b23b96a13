import assert from "node:assert/strict";
import { GatekeeperManager } from "../support/admission/gatekeeper-manager";
import { Istiod, removeIstioWebhooks } from "../support/admission/istiod";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, declared, idOf } from "../support/stack/objects";

const TOOLS = ["cilium", "istio", "gatekeeper"] as const;
const HOSTS = [{ host: "api.example.com", from: [{ namespace: "shop" }] }];
const SHOP = { name: "shop", podSecurity: "baseline" };
const CONFIG: Readonly<Record<(typeof TOOLS)[number], object>> = {
  // The switch-off is what is tested here.
  cilium: { protect: false, encryption: { type: "wireguard" }, hubble: { ui: true } },
  istio: { namespaces: ["shop"], egress: { hosts: HOSTS }, mtls: { namespaces: { shop: "STRICT" } } },
  gatekeeper: {},
};

interface Program {
  stop(): Promise<unknown>;
}

/** Those of which there is a real one here. */
const PROGRAMS: Readonly<Record<string, (deployment: Deployment) => Promise<Program>>> = {
  istio: async ({ cluster, api }) => (await Istiod.start(cluster, api)).program,
  gatekeeper: async ({ cluster, api }) => (await GatekeeperManager.start(cluster, api)).program,
};

/** What Kubernetes makes by itself, in namespaces and of the stack's CronJobs and claims, and istiod in every namespace. */
const BY_ITSELF =
  /^(ConfigMap .*(kube-root-ca\.crt|istio-ca-(root-cert|crl))|ServiceAccount .*default|Event |Job |Pod |PersistentVolume )/;

// istiod and Gatekeeper's manager run as processes, since the update waits for what they make of it; Cilium's pods are
// simulated.
describe("Cilium, Istio and Gatekeeper in one stack", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  let without: Set<string>;
  const running = new Map<string, Program>();

  const stackWith = (tools: readonly (typeof TOOLS)[number][]) => ({
    features: [
      { name: "otel_pipeline", enabled: true },
      { name: "pod_admission", enabled: true },
      { name: "workload_namespaces", enabled: true, config: { namespaces: [SHOP] } },
      ...tools.map((name) => ({ name, enabled: true, config: CONFIG[name] })),
    ],
  });
  const switchOn = async () => {
    deployment.configure(stackWith(TOOLS));
    const starts = Object.entries(PROGRAMS).map(async ([tool, start]) =>
      running.set(tool, await start(deployment)),
    );
    await Promise.all([deployment.run("up"), ...starts]);
  };
  const stopPrograms = async () => {
    for (const program of running.values()) await program.stop();
  };

  before(async () => {
    deployment = await Deployment.start({ name: "test-together" });
    deployment.configure(stackWith([]));
    await deployment.run("up");
    without = new Set((await allObjects(deployment.api)).map(idOf));
  });
  after(async () => {
    await stopPrograms();
    await deployment?.stop();
  });

  it("comes up with all three at once, ready, and previews no change afterwards", async () => {
    await switchOn();
    await deployment.run("preview", ["--expect-no-changes"]);
    const outputs = await deployment.outputs();
    const conditions = outputs["conditions"] as { type: string; status: string }[];
    // Of Cilium's two operators one is enough, for Kubernetes and so for the update.
    for (const condition of conditions.filter(({ type }) => type !== "CiliumReady"))
      assert.equal(condition.status, "True", JSON.stringify(condition));
    assert.match(String(outputs["ciliumReady"]), /^[34]\/4$/);
    const live = await allObjects(deployment.api);
    for (const tool of TOOLS) assert.ok(live.some(belongsTo(tool)), tool);
    console.log(`        ${declared(live).size} objects of the stack`);
  });

  it("leaves nothing when all three are switched off", async () => {
    await stopPrograms();
    await removeIstioWebhooks(deployment.api);
    deployment.configure(stackWith([]));
    await deployment.run("up");
    const left = (await allObjects(deployment.api)).map(idOf).filter((id) => !without.has(id));
    assert.deepEqual(
      left.filter((id) => !BY_ITSELF.test(id)),
      [],
    );
  });
});
