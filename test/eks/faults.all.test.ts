import assert from "node:assert/strict";
import { clusterPlanOf } from "../../tools/cli/own-cluster";
import { askAws, partsOf } from "../../tools/cli/watch/aws-parts";
import { watchParts } from "../../tools/cli/watch/cluster-watch";
import { EksStack } from "../rigs/eks/eks-stack";
import { adopt } from "../support/eks/adopt";

const NAME = "eks-faults";

/** Where updates are killed, in the order of a life, and the id of what is put into the state. */
const KILLED: [string, string][] = [
  ["CreateLogGroup", `/aws/eks/${NAME}/cluster`],
  ["CreateAlias", `alias/${NAME}-eks-secrets`],
  ["CreateCluster", NAME],
  ["CreateAccessEntry", `${NAME}:arn:aws:iam::123456789012:user/platform`],
  ["CreateNodegroup", `${NAME}:nodes`],
  // Those that need nodes: the others are made beside the access entry.
  ["CreateAddon", `${NAME}:`],
];

// One life of one cluster, on which everything goes wrong that can: each test goes on from what the one before it left.
describe("what goes wrong while an EKS cluster is made, on a stand-in of the EKS API", function () {
  this.timeout(600_000);
  this.bail(true);
  let stack: EksStack;
  const standIn = () => stack.account.standIn;

  before(async () => {
    stack = await EksStack.start({ name: NAME });
  });
  after(async () => {
    await stack?.stop();
  });
  afterEach(() => {
    standIn().before = () => {};
    standIn().after = () => {};
    stack.configure({});
  });

  async function succeeds(args: readonly string[] = []): Promise<string[]> {
    const { code, output, changes } = await stack.run("up", args);
    assert.equal(code, 0, output);
    return changes;
  }

  /** As `npm run up` does it, with what it tells; every tenth of a second is one. */
  async function watched(run: () => ReturnType<EksStack["run"]>, onSaid = () => {}) {
    const cluster = clusterPlanOf(stack.configFile);
    assert.ok(cluster);
    const said: string[] = [];
    const say = (line: string) => {
      said.push(line);
      onSaid();
    };
    const ask = askAws(stack.environment);
    const { code, stdout } = await watchParts(
      { parts: partsOf(cluster), ask, say, secondMs: 100 },
      async () => {
        const { code, output } = await run();
        return { code, stdout: output, stderr: "", interrupted: false };
      },
    );
    return { code, said: said.join("\n"), output: stdout };
  }

  for (const [at, id] of KILLED)
    it(`is put right by cluster:adopt after an update that was killed in ${at}`, async () => {
      let killed = false;
      standIn().after = (operation) => {
        if (operation !== at || killed) return;
        killed = true;
        stack.kill();
      };
      const { code, output } = await stack.run("up");
      assert.notEqual(code, 0);
      assert.ok(killed, `no ${at}: ${output}`);
      const adopted = await adopt(stack);
      assert.ok(
        adopted.some((one) => one.startsWith(id)),
        `${id} is not among ${adopted.join(", ")}`,
      );
      // Nothing is made twice, and what is there stays.
      const gone = standIn()
        .operations()
        .filter((operation) => /^Delete/.test(operation));
      assert.deepEqual(gone, []);
    });

  it("goes on to the end after all that", async () => {
    await succeeds();
    assert.deepEqual(await succeeds(["--expect-no-changes"]), []);
    const gone = standIn()
      .operations()
      .filter((operation) => /^Delete/.test(operation));
    assert.deepEqual(gone, []);
  });

  it("tells while it waits why an add-on stays degraded, and goes on once it is well", async () => {
    const name = "eks-node-monitoring-agent";
    const reason = { code: "InsufficientNumberOfReplicas", message: "no pod of it is ready" };
    standIn().addons.degraded.set(name, reason);
    stack.configure({ eks: { addons: { nodeMonitoring: true } } });
    // Whoever reads it mends it.
    const mend = () => {
      const addon = standIn().account.clusters.get(NAME)?.addons.get(name);
      if (addon) Object.assign(addon, { status: "ACTIVE", issues: [] });
    };
    const { code, said, output } = await watched(() => stack.run("up"), mend);
    assert.equal(code, 0, output);
    assert.match(
      said,
      /^! add-on eks-node-monitoring-agent is DEGRADED: Insuff.*no pod of it is ready\.\n {2}fix: [^\n]*$/,
    );
    const resources = await stack.resources();
    const agent = resources.find(({ urn }) => urn.endsWith(`::addon-${name}`));
    // In seconds: half of what the provider would wait for it.
    assert.deepEqual(Reflect.get(agent ?? {}, "customTimeouts"), { create: 600, update: 600 });
    standIn().addons.degraded.clear();
    assert.deepEqual(await succeeds(["--expect-no-changes"]), []);
  });

  it("tells why a node group could not be made, and how it is made again", async () => {
    const groups = { nodeGroups: [{ name: "nodes" }, { name: "more" }] };
    const reason = {
      code: "NodeCreationFailure",
      message: "Instances failed to join the kubernetes cluster",
    };
    standIn().nodeGroups.failing.set("more", reason);
    stack.configure({ eks: groups });
    const { code, output } = await stack.run("up");
    assert.notEqual(code, 0, output);
    assert.match(output, /NodeCreationFailure.*Instances failed to join the kubernetes cluster/s);
    standIn().nodeGroups.failing.clear();
    const again = await watched(() => stack.run("up"));
    assert.equal(again.code, 1);
    assert.match(
      again.said,
      /! node group more is CREATE_FAILED: NodeCreationFailure.*\n {2}fix: .*delete-nodegroup/,
    );
    await stack.aws(["eks", "delete-nodegroup", "--cluster-name", NAME, "--nodegroup-name", "more"]);
    await gone(() => !standIn().account.clusters.get(NAME)?.nodeGroups.has("more"));
    const { changes } = await stack.run("up", ["--refresh"]);
    assert.deepEqual(changes, ["CreateNodegroup"]);
    assert.equal(standIn().account.clusters.get(NAME)?.nodeGroups.get("more")?.status, "ACTIVE");
    assert.deepEqual(await succeeds(["--expect-no-changes"]), []);
  });

  it("makes a cluster again that somebody deleted by hand, with all that was in it", async () => {
    stack.configure({ eks: { nodeGroups: [{ name: "nodes" }, { name: "more" }] } });
    const before = (await stack.outputs())["cluster"] as { endpoint: string };
    const cluster = standIn().account.clusters.get(NAME);
    for (const group of ["nodes", "more"])
      await stack.aws(["eks", "delete-nodegroup", "--cluster-name", NAME, "--nodegroup-name", group]);
    await gone(() => cluster?.nodeGroups.size === 0);
    await stack.aws(["eks", "delete-cluster", "--name", NAME]);
    await gone(() => standIn().account.clusters.size === 0);
    await stack.account.renewControlPlane();
    const refresh = await stack.run("refresh", [], { PULUMI_K8S_DELETE_UNREACHABLE: "true" });
    assert.equal(refresh.code, 0, refresh.output);
    const changes = await succeeds();
    assert.equal(changes.filter((operation) => operation === "CreateNodegroup").length, 2);
    const after = (await stack.outputs())["cluster"] as { endpoint: string };
    assert.notEqual(after.endpoint, before.endpoint);
    const { code, output } = await stack.ask(stack.principal, "/apis/storage.k8s.io/v1/storageclasses/gp3");
    assert.equal(code, 200, output);
    assert.deepEqual(await succeeds(["--expect-no-changes"]), []);
  });

  it("is destroyed in one go after all that", async () => {
    const { code, output } = await stack.run("destroy");
    assert.equal(code, 0, output);
    assert.equal(standIn().account.clusters.size, 0);
    assert.deepEqual(standIn().failures, []);
    assert.deepEqual(stack.account.refused, []);
  });

  /** Until the stand-in, which changes when it is asked, has it gone. */
  async function gone(isGone: () => boolean): Promise<void> {
    while (!isGone()) await stack.aws(["eks", "list-clusters"]);
  }
});
