import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tellLeftVolumes } from "../../tools/cli/left-volumes";
import { type AwsPart, askAws, type PartHealth, partsOf, partTrouble } from "../../tools/cli/watch/aws-parts";
import { watchParts } from "../../tools/cli/watch/cluster-watch";
import { clusterPlan } from "../support/eks/eks-config";

const DEGRADED: PartHealth = {
  status: "DEGRADED",
  health: { issues: [{ code: "InsufficientNumberOfReplicas", message: "No replica is ready." }] },
};

describe("parts of an EKS cluster that do not get well", () => {
  const addon: AwsPart = { kind: "add-on", name: "coredns", describe: ["describe-addon"] };
  const group: AwsPart = { kind: "node group", name: "nodes", describe: ["describe-nodegroup"] };
  const issue = (status: string, code: string, message = "so AWS says.") => ({
    status,
    health: { issues: [{ code, message }] },
  });

  it("are told with AWS's reason and the fix", () => {
    const { what, fix } = partTrouble(addon, DEGRADED) ?? assert.fail();
    assert.equal(what, "add-on coredns is DEGRADED: InsufficientNumberOfReplicas: No replica is ready");
    assert.match(fix, /kubectl --namespace kube-system get pods/);
  });

  it("have a fix for each reason, the command that tells all of it where there is no better one", () => {
    const fixOf = (part: AwsPart, code: string) =>
      partTrouble(part, issue("CREATING", code))?.fix ?? assert.fail(code);
    assert.match(fixOf(group, "NodeCreationFailure"), /NAT gateway/);
    assert.match(fixOf(group, "InstanceLimitExceeded"), /service-quotas/);
    assert.match(fixOf(group, "Ec2InstanceTypeDoesNotExist"), /instanceType/);
    assert.match(fixOf(addon, "InternalFailure"), /aws eks describe-addon/);
  });

  it("are made again once they failed, which the provider does not do", () => {
    const { what, fix, toldAfter } =
      partTrouble(group, issue("CREATE_FAILED", "NodeCreationFailure")) ?? assert.fail();
    assert.match(what, /^node group nodes is CREATE_FAILED: NodeCreationFailure/);
    assert.match(
      fix,
      /NAT gateway.*`aws eks delete-nodegroup`, and once it is gone `npm run up` with `--refresh`/,
    );
    assert.equal(toldAfter, 0);
  });

  it("are those that failed without a reason too, and not those that work, are made or go", () => {
    assert.equal(partTrouble(addon, { status: "CREATE_FAILED" })?.what, "add-on coredns is CREATE_FAILED");
    for (const status of ["ACTIVE", "CREATING", "UPDATING"])
      assert.equal(partTrouble(addon, { status, health: { issues: [] } }), undefined);
    assert.equal(partTrouble(addon, issue("DELETING", "AccessDenied")), undefined);
  });

  it("show nothing of a message that could be a secret or a command to a terminal", () => {
    const { what } =
      partTrouble(addon, issue("DEGRADED", "AccessDenied", "\u001b[2Jtoken=abcdef1234\u202e")) ??
      assert.fail();
    assert.doesNotMatch(what, /abcdef1234|[^ -~]/);
  });
});

describe("the health of a planned EKS cluster's parts", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "aws-cli-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const parts = partsOf(clusterPlan({ "eks.addons.nodeMonitoring": true }));
  const ask = (script: string) => {
    writeFileSync(join(folder, "aws"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "aws"), 0o755);
    return askAws({ PATH: folder });
  };

  it("is that of its add-ons and node groups, in the order in which they are made", () => {
    assert.deepEqual(
      parts.map(({ name }) => name),
      [
        ...["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "nodes"],
        ...["coredns", "aws-ebs-csi-driver", "eks-node-monitoring-agent"],
      ],
    );
  });

  it("is asked of the region, by the profile of the config", async () => {
    const script = `[ "$*" = "eks describe-nodegroup --cluster-name shop --region eu-central-1 --profile work --nodegroup-name nodes --output json" ] || exit 9
echo '{"nodegroup": {"status": "ACTIVE"}}'`;
    const nodes = partsOf(clusterPlan({ "eks.profile": "work" })).find(({ kind }) => kind === "node group");
    assert.ok(nodes);
    assert.deepEqual(await ask(script)(nodes), { status: "ACTIVE" });
  });

  it("is none of what is not there, and not known where AWS does not tell", async () => {
    const [part] = parts;
    assert.ok(part);
    assert.equal(
      await ask("echo '(ResourceNotFoundException) No cluster found' >&2; exit 254")(part),
      undefined,
    );
    await assert.rejects(ask("echo '(AccessDeniedException)' >&2; exit 254")(part));
  });
});

describe("an update that makes the parts of an EKS cluster", () => {
  const PARTS = partsOf(clusterPlan());
  /** Runs an update of so long that ends with a code, while the add-on CoreDNS is so at each round of asking. */
  async function update(ms: number, code: number, coredns: (round: number) => PartHealth | undefined) {
    const said: string[] = [];
    const asked: string[] = [];
    let round = 0;
    const ask = async ({ name }: AwsPart) => {
      asked.push(name);
      if (name === "coredns") return coredns(round++);
      return { status: "ACTIVE" };
    };
    const say = (line: string) => void said.push(line);
    const result = await watchParts({ parts: PARTS, ask, say, secondMs: 2 }, async () => {
      await sleep(ms);
      return { code, stdout: "", stderr: "", interrupted: false };
    });
    return { said: said.join("\n"), asked, code: result.code };
  }

  it("tells of an add-on that stays degraded once, early, and again at the end where it failed", async () => {
    const { said, asked } = await update(1_000, 1, (round) => (round === 0 ? undefined : DEGRADED));
    assert.equal(said.match(/^! add-on coredns is DEGRADED: Insuff[^\n]*\.\n {2}fix: /gm)?.length, 1);
    assert.match(
      said,
      /\nStill so: add-on coredns is DEGRADED.*\n {2}fix: .*\n {2}Then run the command again/,
    );
    // What is well is not asked for again, and what comes after what is not there not at all.
    assert.equal(asked.filter((name) => name === "vpc-cni").length, 1);
    assert.ok(asked.indexOf("aws-ebs-csi-driver") > asked.indexOf("coredns") + 1);
  });

  it("tells nothing at the end of what was mended meanwhile, or where it went well", async () => {
    const mended = await update(1_000, 1, (round) => (round < 10 ? DEGRADED : { status: "ACTIVE" }));
    assert.deepEqual([mended.said.match(/coredns/g)?.length, mended.code], [1, 1]);
    const well = await update(1_000, 0, () => DEGRADED);
    assert.doesNotMatch(well.said, /Still so/);
  });

  it("is not content with a part that failed, as Pulumi is", async () => {
    const { code, said } = await update(0, 0, () => ({ status: "CREATE_FAILED" }));
    assert.equal(code, 1);
    assert.match(said, /^! add-on coredns is CREATE_FAILED\.\n {2}fix: .*delete-addon/);
  });

  it("tells nothing of what is usual for a moment, and where AWS does not tell how the parts are", async () => {
    const moment = await update(500, 1, (round) => (round === 1 ? DEGRADED : { status: "ACTIVE" }));
    assert.equal(moment.said, "");
    assert.equal((await update(200, 1, () => assert.fail("away"))).said, "");
  });
});

describe("volumes that a destroyed EKS cluster leaves", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "aws-cli-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const told = (script: string, changes: Record<string, unknown> = {}) => {
    writeFileSync(join(folder, "aws"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "aws"), 0o755);
    return tellLeftVolumes(clusterPlan(changes), { PATH: folder });
  };

  it("are named with the command that deletes them, by the cluster's tag", async () => {
    const script = `case "$*" in *"tag:security-stack/cluster,Values=shop"*) echo '["vol-1", "vol-2"]';; esac`;
    const lines = await told(script);
    assert.match(
      lines.join("\n"),
      /left, and cost: vol-1, vol-2\.\n {2}fix: aws ec2 delete-volume --region eu-central-1/,
    );
    assert.match(lines.join("\n"), /--volume-id vol-2$/);
    assert.deepEqual(await told("echo '[]'"), []);
  });

  it("are none to delete where the config keeps them, and not known where AWS does not tell", async () => {
    const kept = await told(`echo '["vol-1"]'`, { "eks.keepVolumes": true });
    assert.deepEqual([kept.length, /delete/.test(String(kept))], [1, false]);
    assert.match(String(await told("exit 254")), /is not known: aws ec2 describe-volumes/);
  });
});
