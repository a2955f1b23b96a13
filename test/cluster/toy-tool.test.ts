import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { judge } from "../support/policy/assertions";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf, until } from "../support/stack/objects";
import { CheckoutWithToy } from "../support/toy/checkout-with-toy";

/** The toy reads no other tool, so that no other is deployed; production wants two gateways. */
const PIPELINE = [{ name: "otel_pipeline", config: { gatewayReplicas: 2 } }];
/** What asks whether a pod has more rights than others. */
const PRIVILEGES = ["host-namespaces", "host-paths", "no-privileged", "run-as-non-root"];

describe("a privileged tool added by one folder, one registry entry and its rows in the central tables", function () {
  this.timeout(300_000);
  let checkout: CheckoutWithToy;
  let deployment: Deployment;
  before(async () => {
    checkout = await CheckoutWithToy.create();
    console.log(`${checkout.added.tool}\n${checkout.added.sink}`);
    deployment = await Deployment.start({ name: "test-toy", directory: checkout.folder });
  });
  after(async () => {
    await deployment?.stop();
    if (!checkout) return;
    fs.rmSync(checkoutFolder(checkout.folder), { recursive: true, force: true });
    checkout.remove();
  });

  const ofToy = () => allObjects(deployment.api).then((all) => all.filter(belongsTo("toy")).map(idOf));

  it("touches no other file", () => {
    assert.deepEqual(checkout.touched("tool"), [
      "components/core/tables/pins.ts",
      "components/core/tables/sizing.ts",
      "components/registry.ts",
      "components/toy/toy-feature.ts",
      "policy-pack/pack/privilege-exceptions.ts",
    ]);
  });

  it("leaves a sink to be added by its files and its row, too", async () => {
    assert.deepEqual(checkout.touched("sink"), [
      "components/pipeline/sinks/all-sinks.ts",
      "components/pipeline/sinks/toy-sink.ts",
      "components/pipeline/sinks/toy-target.ts",
    ]);
    const { stdout, stderr } = await planWithToy(checkout);
    assert.match(stdout, /"name": ?"sink-toy-program"/, stderr);
  });

  it("is on the floor of the features", () => assert.deepEqual(checkout.importProblems, []));

  it("is deployed under the policy pack, read by the collector and reported ready", async () => {
    const pack = await checkout.compilePolicies();
    deployment.configure({ features: PIPELINE, toggle: { toy: true } });
    const levels = path.join(pack, "config", "prod.json");
    await deployment.run("up", ["--policy-pack", pack, "--policy-pack-config", levels]);
    const made = await ofToy();
    for (const id of ["ConfigMap security-system/toy", "ClusterRole toy", "DaemonSet security-system/toy"])
      assert.ok(made.includes(id), `${id} is missing in ${made.join(", ")}`);
    assert.equal((await deployment.outputs())["toyReady"], "2/2");
    const configs = (await allObjects(deployment.api)).filter((o) => o.kind === "ConfigMap");
    assert.match(JSON.stringify(configs), /\/var\/log\/security\/toy\/\*\.log/);
  });

  it("would be refused without its row of exceptions", async () => {
    const sets = (await allObjects(deployment.api)).filter(({ kind }) => kind === "DaemonSet");
    const toy = sets.find(({ metadata }) => metadata.name === "toy")!;
    const refusing = POLICIES.filter((policy) => "check" in policy && policy.level === "mandatory")
      .filter((policy) => judge(policy, toy).violations.length > 0)
      .map(({ name }) => name);
    assert.deepEqual(refusing.sort(), PRIVILEGES);
  });

  it("has its facts looked at by the doctor", async () => {
    const { stdout, stderr } = await checkout.command("tools/cli/doctor.ts", ["--json"], {
      KUBECONFIG: deployment.cluster.kubeconfigPath,
    });
    assert.match(stdout, /No other installation of .*the toy operator/, stderr);
    assert.match(stdout, /Toy's image runs on arm64 only; not so: /);
  });

  it("has a heartbeat alert and a panel in a dashboard", async () => {
    const { stdout, stderr } = await planWithToy(checkout);
    assert.match(stdout, /"security-silent-toy"/, stderr);
    assert.match(stdout, /Greetings of toy/);
  });

  it("has its keys in the config reference", async () => {
    const { code, stderr } = await checkout.command("tools/generate/docs.ts", []);
    assert.equal(code, 0, stderr);
    const page = fs.readFileSync(path.join(checkout.folder, "docs", "config-reference.md"), "utf8");
    assert.match(page, /What the toy writes\./);
  });

  it("leaves nothing when it is toggled off", async () => {
    deployment.configure({ toggle: { toy: false } });
    await deployment.run("up");
    await until("no object of the toy", ofToy, (ids) => ids.length === 0);
    assert.equal((await deployment.outputs())["toyReady"], undefined);
    const configs = (await allObjects(deployment.api)).filter((o) => o.kind === "ConfigMap");
    assert.doesNotMatch(JSON.stringify(configs), /\/var\/log\/security\/toy\//);
  });
});

/** The plan of the dev stack, with its Elasticsearch and Kibana, the toy and the toy sink. */
function planWithToy(checkout: CheckoutWithToy) {
  const { config } = parse(fs.readFileSync(path.join(checkout.folder, "Pulumi.dev.yaml"), "utf8"));
  config["security-stack:toggle"] = { toy: true };
  config["security-stack:output"].toy = {
    endpoint: "https://toy.example",
    secretRef: { name: "toy-password" },
  };
  fs.writeFileSync(path.join(checkout.folder, "Pulumi.toy.yaml"), stringify({ config }));
  return checkout.command("tools/cli/plan.ts", ["--stack", "toy", "--json"]);
}
