import assert from "node:assert/strict";
import { GatekeeperManager } from "../support/admission/gatekeeper-manager";
import { Istiod, removeIstioWebhooks } from "../support/admission/istiod";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, declared, idOf, until } from "../support/stack/objects";

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

const isOn = (combination: number, index: number) => (combination & (1 << index)) !== 0;
const toolsOf = (combination: number) => TOOLS.filter((_, index) => isOn(combination, index));

// Minutes: every combination is an update. istiod and Gatekeeper's manager run as processes, since what the update makes
// waits for what they make of it; Cilium's pods are simulated.
describe("Cilium, Istio and Gatekeeper in one stack, in every combination", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  let without: Set<string>;
  const running = new Map<string, Program>();

  const stackWith = (combination: number) => ({
    features: [
      { name: "otel_pipeline", enabled: true },
      { name: "pod_admission", enabled: true },
      { name: "workload_namespaces", enabled: true, config: { namespaces: [SHOP] } },
      ...toolsOf(combination).map((name) => ({ name, enabled: true, config: CONFIG[name] })),
    ],
  });
  const switchTo = async (combination: number) => {
    const on: readonly string[] = toolsOf(combination);
    for (const [tool, program] of running)
      if (!on.includes(tool)) {
        await program.stop();
        running.delete(tool);
        if (tool === "istio") await removeIstioWebhooks(deployment.api);
      }
    deployment.configure(stackWith(combination));
    const update = deployment.run("up");
    const starts = on
      .filter((tool) => !running.has(tool))
      .map(async (tool) => {
        const program = await PROGRAMS[tool]?.(deployment);
        if (program) running.set(tool, program);
      });
    await Promise.all([update, ...starts]);
  };

  before(async () => {
    deployment = await Deployment.start({ name: "test-together" });
    await switchTo(0);
    without = new Set((await allObjects(deployment.api)).map(idOf));
  });
  after(async () => {
    for (const program of running.values()) await program.stop();
    await deployment?.stop();
  });

  it("comes up with all three at once, ready, and previews no change afterwards", async () => {
    await switchTo(0b111);
    await deployment.run("preview", ["--expect-no-changes"]);
    const conditions = (await deployment.outputs())["conditions"] as { type: string; status: string }[];
    for (const condition of conditions) assert.equal(condition.status, "True", JSON.stringify(condition));
    const live = await allObjects(deployment.api);
    for (const tool of TOOLS) assert.ok(live.some(belongsTo(tool)), tool);
    console.log(`        ${declared(live).size} objects of the stack`);
  });

  for (const combination of [0b101, 0b001, 0b011, 0b010, 0b110, 0b100, 0b000])
    it(`has nothing of the others with ${toolsOf(combination).join(", ") || "none"}`, async () => {
      await switchTo(combination);
      const on: readonly string[] = toolsOf(combination);
      const live = await until(
        `nothing but of ${on.join(", ")}`,
        () => allObjects(deployment.api),
        (all) => TOOLS.every((tool) => all.some(belongsTo(tool)) === on.includes(tool)),
      );
      await deployment.run("preview", ["--expect-no-changes"]);
      if (combination !== 0) return;
      const left = live.map(idOf).filter((id) => !without.has(id) && !BY_ITSELF.test(id));
      assert.deepEqual(left, []);
    });
});
