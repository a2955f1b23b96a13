import assert from "node:assert/strict";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { newTable } from "../../tools/dev/table";
import { GatekeeperManager } from "../rigs/mesh/gatekeeper-manager";
import { Istiod, removeIstioWebhooks } from "../rigs/mesh/istiod";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, declared, idOf, type LiveObject } from "../support/stack/objects";

const TOOLS = ["cilium", "istio", "gatekeeper"] as const;
type Tool = (typeof TOOLS)[number];

/** One switch at a time through all eight combinations: a Gray code that ends where it began, with nothing on. */
const WALK: readonly Tool[] = [
  "cilium",
  "istio",
  "cilium",
  "gatekeeper",
  "cilium",
  "istio",
  "cilium",
  "gatekeeper",
];
const TEMPLATES = "/apis/templates.gatekeeper.sh/v1/constrainttemplates";
/** API groups of a tool, beside its name and label. */
const GROUPS: Readonly<Record<Tool, RegExp>> = {
  cilium: /cilium\.io/,
  istio: /istio\.io|^gateway\.networking/,
  gatekeeper: /gatekeeper\.sh/,
};

const HOSTS = [{ host: "api.example.com", from: [{ namespace: "shop" }] }];
const SHOP = { name: "shop", podSecurity: "baseline" };
const CONFIG: Readonly<Record<Tool, object>> = {
  // The switch-off is what is tested here.
  cilium: { protect: false, encryption: { type: "wireguard" }, hubble: { ui: true } },
  istio: { namespaces: ["shop"], egress: { hosts: HOSTS }, mtls: { namespaces: { shop: "STRICT" } } },
  gatekeeper: {},
};

interface Program {
  stop(): Promise<unknown>;
}

/** Those of which there is a real one here. */
const PROGRAMS: Readonly<Partial<Record<Tool, (deployment: Deployment) => Promise<Program>>>> = {
  istio: async ({ cluster, api }) => (await Istiod.start(cluster, api)).program,
  gatekeeper: async ({ cluster, api }) => (await GatekeeperManager.start(cluster, api)).program,
};

/**
 * What Kubernetes makes by itself, in namespaces and of the stack's CronJobs and claims, and istiod in every namespace. The
 * address of a Service that is gone can be there for some minutes (kubernetes, ipallocator/controller/repairip.go).
 */
const BY_ITSELF =
  /^(ControllerRevision |ConfigMap .*(kube-root-ca\.crt|istio-ca-(root-cert|crl))|ServiceAccount .*default|Event |IPAddress |Job |Pod |PersistentVolume )/;
const BY_ISTIOD = /^ConfigMap .*istio-ca-/;

// istiod and Gatekeeper's manager run as processes, since the update waits for what they make of it; Cilium's pods are
// simulated.
describe("Cilium, Istio and Gatekeeper in one stack", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  let without: Set<string>;
  let allOn: string[];
  const running = new Map<string, Program>();

  const stackWith = (tools: Iterable<Tool>) => ({
    features: [
      { name: "otel_pipeline", enabled: true },
      { name: "pod_admission", enabled: true },
      { name: "workload_namespaces", enabled: true, config: { namespaces: [SHOP] } },
      ...[...tools].map((name) => ({ name, enabled: true, config: CONFIG[name] })),
    ],
  });
  /** The stack with these tools on; those of them that are new start while the update waits for them. */
  const switchTo = async (tools: Iterable<Tool>) => {
    deployment.configure(stackWith(tools));
    const starts = [...tools].map(async (tool) => {
      const start = PROGRAMS[tool];
      if (start && !running.has(tool)) running.set(tool, await start(deployment));
    });
    await Promise.all([deployment.run("up"), ...starts]);
  };
  /** As in a cluster whose pods of a tool are gone before its objects are. */
  const stopProgram = async (tool: Tool) => {
    await running.get(tool)?.stop();
    running.delete(tool);
    if (tool === "istio") await removeIstioWebhooks(deployment.api);
  };
  const added = async () => (await allObjects(deployment.api)).filter((object) => !without.has(idOf(object)));
  const remains = (objects: readonly LiveObject[]) => objects.map(idOf).filter((id) => !BY_ITSELF.test(id));

  before(async () => {
    deployment = await Deployment.start({ name: "test-together" });
    deployment.configure(stackWith([]));
    await deployment.run("up");
    without = new Set((await allObjects(deployment.api)).map(idOf));
  });
  after(async () => {
    for (const program of running.values()) await program.stop();
    await deployment?.stop();
  });

  it("comes up with all three at once after an update that was cut short, and previews no change then", async () => {
    deployment.configure(stackWith(TOOLS));
    // Nothing makes kinds of the templates yet: the update can't be done.
    await deployment.cutShort(
      waitUntil(
        "a template",
        async () => (await deployment.api.get<{ items: unknown[] }>(TEMPLATES)).items[0],
        300_000,
      ),
    );
    await switchTo(TOOLS);
    await deployment.run("preview", ["--expect-no-changes"]);
    const outputs = await deployment.outputs();
    const conditions = outputs["conditions"] as { type: string; status: string }[];
    // Of Cilium's two operators one is enough, for Kubernetes and so for the update.
    for (const condition of conditions.filter(({ type }) => type !== "CiliumReady"))
      assert.equal(condition.status, "True", JSON.stringify(condition));
    assert.match(String(outputs["ciliumReady"]), /^[34]\/4$/);
    const live = await allObjects(deployment.api);
    for (const tool of TOOLS) assert.ok(live.some(belongsTo(tool)), tool);
    allOn = [...declared(live).keys()].sort();
    console.log(`        ${allOn.length} objects of the stack`);
  });

  it("leaves nothing when all three are switched off", async () => {
    for (const tool of TOOLS) await stopProgram(tool);
    await switchTo([]);
    assert.deepEqual(remains(await added()), []);
  });

  it("leaves nothing of what is off in any of the eight combinations, one tool switched at a time", async function () {
    this.timeout(1_800_000);
    const table = newTable(["on", "objects of the stack", "seconds", "left, made by istiod itself"]);
    const on = new Set<Tool>();
    const seen = new Set<string>();
    for (const tool of WALK) {
      const began = Date.now();
      if (on.delete(tool)) await stopProgram(tool);
      else on.add(tool);
      await switchTo(on);
      const live = await allObjects(deployment.api);
      const isOf = (one: Tool) => (object: LiveObject) =>
        belongsTo(one)(object) || GROUPS[one].test(object.apiVersion);
      for (const one of on) assert.ok(live.some(isOf(one)), `${one} is on and has no object`);
      const off = TOOLS.filter((one) => !on.has(one));
      const ofOff = (await added()).filter((object) => off.some((one) => isOf(one)(object)));
      const title = [...on].sort().join(", ") || "none";
      assert.deepEqual(remains(ofOff), [], `with ${title} on`);
      if (off.length === 0) assert.deepEqual([...declared(live).keys()].sort(), allOn);
      seen.add(title);
      const byIstiod = ofOff.map(idOf).filter((id) => BY_ISTIOD.test(id)).length;
      table.push([
        title,
        String(declared(live).size),
        ((Date.now() - began) / 1000).toFixed(0),
        byIstiod > 0 ? `${byIstiod} ConfigMaps istio-ca-*` : "-",
      ]);
    }
    console.log(table.toString().replace(/^/gm, "        "));
    assert.equal(seen.size, 2 ** TOOLS.length);
    assert.deepEqual(remains(await added()), []);
  });
});
