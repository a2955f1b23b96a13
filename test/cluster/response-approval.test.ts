import assert from "node:assert/strict";
import { DENY_POLICY } from "../../components/cilium/deny-policy";
import {
  APPROVED_BY,
  AUDITED,
  DELETION_COST,
  KEPT_LABELS,
  PHASE,
  POLICY_PREFIX,
  QUARANTINE_LABEL,
  RECORD_PREFIX,
  REJECTED_BY,
  RELEASED_BY,
} from "../../components/response/marks";
import { actionId } from "../../components/response/program/record";
import { RESPONDER } from "../../components/response/response-names";
import { main as responseCommand } from "../../tools/cli/response";
import { ActionsClient } from "../../tools/cli/response/actions-client";
import { ApiError, type KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { RECORDS, RESTRICTED, type ResponderRig } from "../rigs/response/responder-rig";
import {
  CILIUM_POLICIES,
  config,
  found,
  PODS,
  POLICIES,
  RECORD_PATH,
  ResponseWorld,
  SHOP,
  type WorldPod,
} from "../rigs/response/response-world";

type Json = Record<string, unknown>;

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

describe("responses on a real cluster: who may say yes, and what the responder can reach", function () {
  this.timeout(240_000);
  let world: ResponseWorld;
  let rig: ResponderRig;
  let api: KubeApi;

  before(async () => {
    world = await ResponseWorld.create("approval", true);
    ({ rig, api } = world);
    // May write ConfigMaps, and has no verb of ours.
    await api.create(`${RBAC}/namespaces/${RECORDS}/roles`, {
      metadata: { name: "editor" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create", "patch"] }],
    });
    await bind("editor", { kind: "User", name: "bob", apiGroup: "rbac.authorization.k8s.io" });
  });
  after(() => world?.destroy());
  afterEach(async function () {
    await world.calm(this.currentTest?.state === "failed");
  });

  function bind(role: string, subject: Json): Promise<unknown> {
    return api.create(`${RBAC}/namespaces/${RECORDS}/rolebindings`, {
      metadata: { name: `${role}-test` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
      subjects: [subject],
    });
  }

  async function refused(request: Promise<unknown>, why: RegExp): Promise<void> {
    await assert.rejects(request, (error: unknown) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.match(error.message, why);
      return true;
    });
  }

  const annotate = (client: KubeApi, path: string, annotations: Json) =>
    client.patch(path, { metadata: { annotations } });

  async function proposal(name: string, more: Json = {}): Promise<{ pod: WorldPod; path: string }> {
    const pod = await world.barePod(name);
    await rig.restart(config("quarantine", "approve", more));
    assert.deepEqual(await world.post(found(pod)), { proposed: 1 });
    return { pod, path: world.recordPath(pod, "quarantine") };
  }

  it("waits for an approver, who says it in their own name, and acts then", async () => {
    const { pod, path } = await proposal("waiting");
    const [alice, bob, responder] = [rig.as("alice"), rig.as("bob"), rig.responder()];
    await refused(annotate(bob, path, { [APPROVED_BY]: "bob" }), /has the verb approve/);
    await refused(annotate(bob, path, { [APPROVED_BY]: "alice" }), /has the verb approve/);
    await refused(annotate(alice, path, { [APPROVED_BY]: "bob" }), /to their own name/);
    await refused(annotate(alice, path, { [PHASE]: "acting" }), /all else of an action is the responder's/);
    await refused(
      annotate(responder, path, { [APPROVED_BY]: `system:serviceaccount:${RESTRICTED}:${RESPONDER}` }),
      /can't approve or release what it proposes/,
    );
    await refused(annotate(responder, path, { [RELEASED_BY]: "alice" }), /can't approve or release/);
    await refused(alice.patch(path, { data: { "record.json": "{}" } }), /immutable/);
    await refused(
      bob.create(RECORD_PATH, {
        metadata: { name: `${RECORD_PREFIX}forged`, annotations: { [PHASE]: "acting" } },
      }),
      /Only the responder proposes actions/,
    );
    assert.deepEqual((await world.read("waiting")).metadata.labels, pod.metadata.labels);
    await annotate(alice, path, { [APPROVED_BY]: "alice" });
    await waitUntil("the quarantine", async () => world.verdictsOf(pod).includes("done"));
    assert.ok((await world.read("waiting")).metadata.labels?.[QUARANTINE_LABEL]);
    const entry = rig.audit.of(pod.metadata.uid).find(({ event }) => event.action === "done");
    assert.equal(entry?.response["by"], "alice");
    await annotate(alice, path, { [RELEASED_BY]: "alice" });
    await waitUntil("the release", async () => world.verdictsOf(pod).includes("released"));
    await Promise.all([alice.close(), bob.close(), responder.close()]);
  });

  it("is listed, approved, released and stopped by the command, as far as its user may", async () => {
    const { pod, path } = await proposal("by-command");
    const id = path.slice(path.lastIndexOf("-") + 1);
    const run = (user: string, ...args: string[]) =>
      runCommand(args, async () => new ActionsClient(rig.targetOf(user), RECORDS));
    assert.match((await run("alice", "list")).output, new RegExp(`${id} .*quarantine.*by-command.*proposed`));
    await assert.rejects(run("bob", "approve", id), /has the verb approve/);
    await assert.rejects(run("alice", "approve", "000000000000"), /not found/);
    const approved = await run("alice", "approve", id);
    assert.deepEqual([approved.code, approved.output], [0, `${id}: done`]);
    const released = await run("alice", "release", id);
    assert.deepEqual([released.code, released.output], [0, `${id}: released (by alice)`]);
    assert.deepEqual((await world.read("by-command")).metadata.labels, pod.metadata.labels);
    await run("alice", "stop");
    assert.match((await run("alice", "list")).output, /^stopped: /);
    await assert.rejects(run("bob", "start"), /cannot delete/);
    await run("alice", "start");
    assert.doesNotMatch((await run("alice", "list")).output, /stopped/);
  });

  /** With what it printed. */
  async function runCommand(args: string[], connect: () => Promise<ActionsClient>) {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
      return { code: await responseCommand(args, connect), output: lines.join("\n") };
    } finally {
      console.log = log;
    }
  }

  it("does nothing that was rejected, or approved too late", async () => {
    const rejected = await proposal("rejected");
    const alice = rig.as("alice");
    await annotate(alice, rejected.path, { [REJECTED_BY]: "alice" });
    await waitUntil("the rejection", async () => world.verdictsOf(rejected.pod).includes("rejected"));
    await rig.process.end();
    // Of an hour ago: made by the responder itself, whose clock is not ours to turn.
    const late = await world.barePod("late");
    await expiredProposal(late);
    const path = world.recordPath(late, "quarantine");
    await annotate(alice, path, { [APPROVED_BY]: "alice" });
    await rig.restart(config("quarantine", "approve"));
    await waitUntil("it to expire", async () => world.verdictsOf(late).includes("expired"));
    for (const { metadata } of [rejected.pod, late])
      assert.equal((await world.read(metadata.name)).metadata.labels?.["app"], metadata.name);
    await alice.close();
  });

  async function expiredProposal(pod: WorldPod): Promise<void> {
    const id = actionId(pod.metadata.uid, "quarantine", undefined);
    const hour = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();
    const responder = rig.responder();
    await responder.create(RECORD_PATH, {
      metadata: {
        name: `${RECORD_PREFIX}${id}`,
        labels: { "security-stack/response": "quarantine" },
        annotations: { [PHASE]: "proposed" },
      },
      immutable: true,
      data: {
        "record.json": JSON.stringify({
          ...{ id, rule: "quarantine", action: "quarantine", mode: "approve", alert: {} },
          pod: found(pod),
          workload: { kind: "Pod", name: pod.metadata.name },
          ...{ seen: hour(2), decided: hour(2), expires: hour(1) },
        }),
      },
    });
    await responder.close();
  }

  describe("with the rights of an administrator, the responder still", () => {
    let responder: KubeApi;
    let pod: WorldPod;
    let podPath: string;

    before(async () => {
      await api.create(`${RBAC}/clusterrolebindings`, {
        metadata: { name: "responder-as-admin" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ kind: "ServiceAccount", name: RESPONDER, namespace: RESTRICTED }],
      });
      responder = rig.responder();
      pod = await world.barePod("target", { app: "target", "example.com/a": "b" });
      podPath = `${PODS}/target`;
      await waitUntil("its rights", () => responder.get("/api/v1/namespaces/kube-system/secrets"));
    });
    after(async () => {
      await api.delete(`${RBAC}/clusterrolebindings/responder-as-admin`);
      await responder.close();
    });

    const change = (metadata: Json) => responder.patch(`${podPath}?dryRun=All`, { metadata });
    const gone = () => Object.fromEntries(Object.keys(pod.metadata.labels ?? {}).map((key) => [key, null]));
    const text = () =>
      Object.entries(pod.metadata.labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(",");

    it("takes all labels away and keeps them, and nothing less", async () => {
      const labels = { ...gone(), [QUARANTINE_LABEL]: "x" };
      await change({ labels, annotations: { [KEPT_LABELS]: text() } });
      await refused(change({ labels: { app: "other" } }), /takes all labels of a pod away/);
      await refused(change({ labels: { extra: "1" } }), /takes all labels of a pod away/);
      await refused(change({ labels: { [QUARANTINE_LABEL]: "x" } }), /takes all labels of a pod away/);
      await refused(change({ labels }), /takes all labels of a pod away/);
      await refused(change({ labels, annotations: { [KEPT_LABELS]: "app=other" } }), /takes all labels/);
      await refused(
        change({ labels, annotations: { [KEPT_LABELS]: `${text()},role=admin` } }),
        /takes all labels/,
      );
    });

    it("changes nothing else of a pod", async () => {
      await refused(change({ annotations: { note: "x" } }), /no annotation of others/);
      await refused(
        change({ annotations: { [DELETION_COST]: "1" } }),
        /deleted first only of a pod that it releases/,
      );
      await refused(
        change({ finalizers: ["example.com/x"] }),
        /labels and annotations of a pod, and nothing else/,
      );
      await refused(
        responder.patch(`${podPath}?dryRun=All`, { spec: { activeDeadlineSeconds: 60 } }),
        /labels and annotations of a pod, and nothing else/,
      );
    });

    it("gives back just the labels that it kept", async () => {
      const labels = { ...gone(), [QUARANTINE_LABEL]: "x" };
      await responder.patch(podPath, { metadata: { labels, annotations: { [KEPT_LABELS]: text() } } });
      const back = { [QUARANTINE_LABEL]: null, ...pod.metadata.labels };
      const annotations = { [KEPT_LABELS]: null };
      await refused(change({ labels: { ...back, role: "admin" }, annotations }), /takes all labels/);
      await refused(change({ labels: { ...back, app: "other" }, annotations }), /takes all labels/);
      await responder.patch(podPath, { metadata: { labels: back, annotations } });
      assert.deepEqual((await world.read("target")).metadata.labels, pod.metadata.labels);
    });

    it("acts on no exempt pod, none on the node's network, and in no other namespace", async () => {
      const containers = [{ name: "main", image: "registry.invalid/none:1.0" }];
      await api.create(PODS, {
        metadata: { name: "exempt", labels: { "security-stack/exempt": "true" } },
        spec: { containers },
      });
      await api.create(PODS, { metadata: { name: "on-host" }, spec: { containers, hostNetwork: true } });
      await api.create("/api/v1/namespaces/default/pods", {
        metadata: { name: "other" },
        spec: { containers },
      });
      const note = { metadata: { annotations: { "security-stack/finding": "x" } } };
      for (const name of ["exempt", "on-host"])
        await refused(responder.patch(`${PODS}/${name}?dryRun=All`, note), /acts on no pod of a DaemonSet/);
      await refused(
        responder.patch("/api/v1/namespaces/default/pods/other?dryRun=All", note),
        /of the allowed namespaces/,
      );
    });

    it("makes and deletes no pod, no Secret, no role, no policy that lets something through", async () => {
      const policy = (name: string, spec: Json) => ({ metadata: { name }, spec });
      const id = "x";
      const podSelector = { matchLabels: { [QUARANTINE_LABEL]: id } };
      const policyTypes = ["Ingress", "Egress"];
      const name = `${POLICY_PREFIX}${id}`;
      const dry = `${POLICIES}?dryRun=All`;
      await responder.create(dry, policy(name, { podSelector, policyTypes }));
      const cases: [() => Promise<unknown>, RegExp][] = [
        [() => responder.delete(`${podPath}?dryRun=All`), /makes and deletes no pods/],
        [
          () => responder.create(dry, policy(name, { podSelector, policyTypes, ingress: [{}] })),
          /denies everything/,
        ],
        [() => responder.create(dry, policy(name, { podSelector: {}, policyTypes })), /denies everything/],
        [
          () => responder.create(dry, policy(name, { podSelector, policyTypes: ["Ingress"] })),
          /denies everything/,
        ],
        [() => responder.create(dry, policy(`${name}y`, { podSelector, policyTypes })), /denies everything/],
        [
          () => responder.create(dry, policy("other", { podSelector, policyTypes })),
          /whose names begin with/,
        ],
        [
          () =>
            responder.create(`/api/v1/namespaces/${SHOP}/secrets?dryRun=All`, { metadata: { name: "a" } }),
          /and on its own actions/,
        ],
        [
          () => responder.create(`${RBAC}/clusterroles?dryRun=All`, { metadata: { name: "a" }, rules: [] }),
          /and on its own actions/,
        ],
        [
          () =>
            responder.create(`/api/v1/namespaces/${RESTRICTED}/configmaps?dryRun=All`, {
              metadata: { name: `${RECORD_PREFIX}a` },
            }),
          /and on its own actions/,
        ],
        [
          () => responder.create(`${RECORD_PATH}?dryRun=All`, { metadata: { name: "stop" } }),
          /whose names begin with response-/,
        ],
        [
          () =>
            responder.create(`/api/v1/namespaces/${RESTRICTED}/serviceaccounts/default/token`, { spec: {} }),
          /and on its own actions/,
        ],
      ];
      for (const [request, why] of cases) await refused(request(), why);
      const { kind, apiVersion, spec } = DENY_POLICY;
      const selector = { endpointSelector: podSelector };
      const ofCilium = (name: string, spec: Json) =>
        responder.create(`${CILIUM_POLICIES}?dryRun=All`, { apiVersion, kind, metadata: { name }, spec });
      await ofCilium(name, { ...selector, ...spec });
      for (const [changed, why] of [
        [{ ...selector, ...spec, egress: [{ toEntities: ["all"] }] }, /denies everything/],
        [{ ...selector, ...spec, egressDeny: [{ toEntities: ["none"] }] }, /denies everything/],
        [{ endpointSelector: {}, ...spec }, /denies everything/],
      ] as const)
        await refused(ofCilium(name, changed), why);
      await refused(ofCilium("other", { ...selector, ...spec }), /whose names begin with/);
    });
  });

  describe("killed (-9) before or after any of its changes", () => {
    /** It has written down that it did this with a pod, and that it wrote that. */
    const isTold = (pod: WorldPod, phase: string) => async () => {
      const { metadata } = await api.get<WorldPod>(world.recordPath(pod, "quarantine"));
      return metadata.annotations?.[AUDITED] === phase && world.verdictsOf(pod).includes(phase);
    };

    /** Kills it at its nth change, and starts it again. @returns whether there was one before it was done */
    async function killedAt(
      [n, place]: [n: number, place: "before" | "after"],
      work: () => Promise<unknown>,
      isDone: () => Promise<boolean>,
    ): Promise<boolean> {
      let seen = 0;
      let death: Promise<void> | undefined;
      rig.gate[place] = () => {
        seen += 1;
        if (seen === n) death = rig.process.end("SIGKILL");
        return death;
      };
      await work();
      await waitUntil("its death or its work", async () => death !== undefined || (await isDone()));
      rig.gate[place] = () => {};
      if (!death) return false;
      await death;
      await rig.process.start();
      return true;
    }

    // Killed after a change is as before the next one, but for the answer, which it has not.
    it("it goes on: a quarantine is there once and whole, and so is a release", async () => {
      const killed: string[] = [];
      for (let n = 0, goesOn = true; goesOn; n += 1) {
        const at: [number, "before" | "after"] = n === 0 ? [1, "before"] : [n, "after"];
        const pod = await world.barePod(`killed-${n}`);
        const id = actionId(pod.metadata.uid, "quarantine", undefined);
        const policies = async () =>
          [...(await world.policyNames()), ...(await world.policyNames(CILIUM_POLICIES))].filter((name) =>
            name.endsWith(id),
          ).length;
        await rig.restart(config("quarantine", "enforce"));
        const atWork = () => rig.post([found(pod)]).catch(() => {});
        const inQuarantine = await killedAt(at, atWork, isTold(pod, "done"));
        // Alertmanager posts again.
        if (inQuarantine) await world.post(found(pod));
        await waitUntil("the quarantine", isTold(pod, "done"));
        const { labels, annotations } = (await world.read(pod.metadata.name)).metadata;
        assert.deepEqual(labels, { [QUARANTINE_LABEL]: id });
        assert.ok(annotations?.[KEPT_LABELS]);
        assert.equal(await policies(), 2, "a NetworkPolicy and a policy of the network's own");
        const inRelease = await killedAt(at, () => world.askRelease(pod), isTold(pod, "released"));
        await waitUntil("the release", isTold(pod, "released"));
        assert.deepEqual((await world.read(pod.metadata.name)).metadata.labels, pod.metadata.labels);
        assert.equal(await policies(), 0);
        assert.deepEqual(world.verdictsOf(pod), ["done", "released"]);
        if (inQuarantine) killed.push(`quarantine ${at.join(" ")}`);
        if (inRelease) killed.push(`release ${at.join(" ")}`);
        goesOn = inQuarantine || inRelease;
      }
      assert.ok(killed.length >= 11, killed.join(", "));
      console.log(`        killed at change: ${killed.join(", ")}`);
    });

    it("without Elasticsearch it acts, and writes that down later", async () => {
      const pod = await world.barePod("unwritten");
      rig.audit.isAway = true;
      await rig.restart(config("quarantine", "enforce"));
      await world.post(found(pod));
      assert.ok((await world.read("unwritten")).metadata.labels?.[QUARANTINE_LABEL]);
      await rig.process.end("SIGKILL");
      rig.audit.isAway = false;
      await rig.process.start();
      await waitUntil("the entry", async () => world.verdictsOf(pod).includes("done"));
    });
  });
});
