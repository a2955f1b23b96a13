import assert from "node:assert/strict";
import { POLICY_PREFIX, QUARANTINE_LABEL } from "../../components/response/marks";
import { actionId } from "../../components/response/program/record";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { ResponderRig } from "../rigs/response/responder-rig";
import {
  config,
  found,
  lasting,
  PODS,
  POLICIES,
  type WorldPod as Pod,
  RECORD_PATH,
  ResponseWorld,
  SHOP,
} from "../rigs/response/response-world";

// Containers are simulated: what a quarantine cuts off is the network's business. Everything else is the real API
// server's and the real controllers'.
describe("responses on a real cluster", function () {
  this.timeout(240_000);
  let world: ResponseWorld;
  let rig: ResponderRig;
  let api: KubeApi;

  before(async () => {
    world = await ResponseWorld.create("response");
    ({ rig, api } = world);
  });
  after(() => world?.destroy());
  afterEach(async function () {
    await world.calm(this.currentTest?.state === "failed");
  });

  it("observes: all is asked of the API server, and nothing changes", async () => {
    const [pod, sibling] = await world.deployment("observed", 2);
    await rig.restart(config("quarantine", "observe"));
    assert.deepEqual(await world.post(found(pod!)), { observed: 1 });
    assert.deepEqual(lasting(await world.read(pod!.metadata.name)), lasting(pod!));
    assert.deepEqual(lasting(await world.read(sibling!.metadata.name)), lasting(sibling!));
    assert.deepEqual(await world.policyNames(), []);
    assert.deepEqual(world.verdictsOf(pod!), ["observed"]);
    assert.deepEqual(await world.post(found(pod!)), { known: 1 }, "an alert is posted again each minute");
  });

  it("annotates a pod with what was found", async () => {
    const pod = await world.barePod("noted");
    await rig.restart(config("annotate", "enforce"));
    assert.deepEqual(await world.post(found(pod)), { acting: 1 });
    const { metadata } = await world.read("noted");
    assert.equal(metadata.annotations?.["security-stack/finding"], "Test, T1611, critical");
    assert.deepEqual(metadata.labels, pod.metadata.labels);
  });

  it("quarantines a Deployment's pod, which is replaced, and releases it as one on its own", async () => {
    const pods = await world.deployment("web", 3);
    const [pod, ...siblings] = pods as [Pod, ...Pod[]];
    await rig.restart(config("quarantine", "enforce"));
    assert.deepEqual(await world.post(found(pod)), { acting: 1 });
    const id = actionId(pod.metadata.uid, "quarantine", undefined);
    const quarantined = await world.read(pod.metadata.name);
    assert.deepEqual(quarantined.metadata.labels, { [QUARANTINE_LABEL]: id });
    assert.deepEqual(await world.policyNames(), [`${POLICY_PREFIX}${id}`]);
    const now = await waitUntil("a replacement", () => world.podsOf("web", 3));
    const replacement = now.filter(({ metadata }) => !pods.some((one) => one.metadata.uid === metadata.uid));
    assert.equal(replacement.length, 1);
    await waitUntil(
      "its ReplicaSet to let go",
      async () => !(await world.read(pod.metadata.name)).metadata.ownerReferences,
    );
    const events = await api.get<{ items: { reason: string; involvedObject: { uid: string } }[] }>(
      `/api/v1/namespaces/${SHOP}/events`,
    );
    assert.ok(
      events.items.some(
        ({ reason, involvedObject }) => reason === "ResponseDone" && involvedObject.uid === pod.metadata.uid,
      ),
    );

    await world.release(pod);
    const released = await world.read(pod.metadata.name);
    assert.equal(released.metadata.uid, pod.metadata.uid);
    const { "pod-template-hash": _, ...others } = pod.metadata.labels ?? {};
    assert.deepEqual(released.metadata.labels, others);
    assert.deepEqual(released.metadata.annotations, pod.metadata.annotations);
    assert.deepEqual(await world.policyNames(), []);
    for (const sibling of siblings)
      assert.deepEqual(lasting(await world.read(sibling.metadata.name)), lasting(sibling));
    assert.equal(((await world.podsOf("web", 3)) as Pod[]).length, 3, "the controller's own stay");
    assert.deepEqual(world.verdictsOf(pod), ["done", "released"]);
    assert.deepEqual(await world.post(found(pod, { seen: Date.now() - 60_000 })), { released: 1 });
  });

  it("releases a pod back to its ReplicaSet, which deletes it and no healthy one", async () => {
    const pods = await world.deployment("back", 3);
    const [pod, ...siblings] = pods as [Pod, ...Pod[]];
    await rig.restart(config("quarantine", "enforce"));
    await world.post(found(pod));
    const before = await waitUntil("a replacement", () => world.podsOf("back", 3));
    await world.release(pod, true);
    await waitUntil("it to be deleted", async () => {
      const { items } = await api.get<{ items: Pod[] }>(PODS);
      return !items.some(({ metadata }) => metadata.uid === pod.metadata.uid);
    });
    const after = (await waitUntil("three pods", () => world.podsOf("back", 3))).map(
      ({ metadata }) => metadata.uid,
    );
    assert.deepEqual(after.sort(), before.map(({ metadata }) => metadata.uid).sort());
    for (const sibling of siblings) assert.ok(after.includes(sibling.metadata.uid));
    assert.ok(!(await world.policyNames()).some((name) => name.startsWith(POLICY_PREFIX)));
  });

  it("puts a pod on its own back as it was, and says which policies still let traffic through", async () => {
    const open = { ingress: [{}], policyTypes: ["Ingress"] };
    for (const [name, podSelector] of [
      ["all-pods", {}],
      ["not-web", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }],
      ["only-db", { matchLabels: { app: "db" } }],
    ] as const)
      await api.create(POLICIES, { metadata: { name }, spec: { ...open, podSelector } });
    const pod = await world.barePod("db", { app: "db", "example.com/tier": "a.b_c" });
    await api.patch(`${PODS}/db`, { metadata: { annotations: { note: "kept" } } });
    const before = await world.read("db");
    await rig.restart(config("quarantine", "enforce"));
    await world.post(found(pod));
    assert.match(String(world.reasonsOf(pod)[0]), /still allow traffic.*: all-pods, not-web$/);
    await world.release(pod);
    assert.deepEqual(lasting(await world.read("db")), lasting(before));
    for (const name of ["all-pods", "not-web", "only-db"]) await api.delete(`${POLICIES}/${name}`);
    assert.deepEqual(await world.policyNames(), []);
  });

  it("evicts, and not where a PodDisruptionBudget says no, as a dry run says before", async () => {
    const [held] = (await world.deployment("held", 1)) as [Pod];
    const [free] = (await world.deployment("free", 2)) as [Pod];
    await api.create(`/apis/policy/v1/namespaces/${SHOP}/poddisruptionbudgets`, {
      metadata: { name: "held" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "held" } } },
    });
    await waitUntil("the budget to be counted", async () => {
      const pdb = await api.get<{ status?: { expectedPods?: number } }>(
        `/apis/policy/v1/namespaces/${SHOP}/poddisruptionbudgets/held`,
      );
      return pdb.status?.expectedPods === 1;
    });
    await rig.restart(config("evict", "observe"));
    assert.deepEqual(await world.post(found(held), found(free)), { "would-fail": 1, observed: 1 });
    await rig.restart(config("evict", "enforce"));
    assert.deepEqual(await world.post(found(held), found(free)), { acting: 2 });
    assert.deepEqual(world.verdictsOf(held), ["would-fail", "failed"]);
    assert.match(String(world.reasonsOf(held)[1]), /disruption budget/i);
    assert.equal((await world.read(held.metadata.name)).metadata.uid, held.metadata.uid);
    await waitUntil("the other to go", async () =>
      ((await world.podsOf("free", 2)) || []).every(({ metadata }) => metadata.uid !== free.metadata.uid),
    );
    assert.deepEqual(world.verdictsOf(free), ["observed", "done"]);
  });

  it("refuses another pod of the name, an old event, a namespace that is not allowed and what is beyond a budget", async () => {
    const pod = await world.barePod("same-name");
    const [first, second] = (await world.deployment("many", 3)) as [Pod, Pod];
    await rig.restart(config("quarantine", "enforce", { budgets: { perHour: 1000, workloadPercent: 34 } }));
    const uid = "00000000-0000-0000-0000-000000000000";
    assert.deepEqual(await world.post({ ...found(pod), uid }), { "other-pod": 1 });
    assert.deepEqual(await world.post(found(pod, { seen: Date.now() - 301_000 })), { "stale-event": 1 });
    assert.deepEqual(await world.post({ ...found(pod), namespace: "elsewhere" }), {
      "namespace-not-allowed": 1,
    });
    assert.deepEqual(await world.post(found(first), found(second)), { acting: 1, "workload-budget": 1 });
    assert.deepEqual(world.verdictsOf(second), ["refused"]);
    assert.deepEqual(world.reasonsOf(second), ["workload-budget"]);
    assert.deepEqual(
      rig.audit.of(uid).map(({ response }) => response["reason"]),
      ["other-pod"],
    );
    assert.ok((await world.read("same-name")).metadata.labels?.["app"]);
  });

  it("does nothing while somebody has stopped it", async () => {
    const pod = await world.barePod("stopped");
    await api.create(RECORD_PATH, { metadata: { name: "stop" } });
    await rig.restart(config("quarantine", "enforce"));
    assert.deepEqual(await world.post(found(pod)), { stopped: 1 });
    await api.delete(`${RECORD_PATH}/stop`);
    assert.deepEqual(await world.post(found(pod)), { acting: 1 });
  });

  describe("the webhook", () => {
    it("refuses whoever has no token or no certificate, and notes it", async () => {
      const pod = await world.barePod("forged");
      await rig.restart(config("quarantine", "enforce"));
      const { headers: _, ...withoutToken } = rig.webhook;
      const wrongToken = { ...withoutToken, headers: { authorization: "Bearer wrong" } };
      const { cert: _cert, key: _key, ...withoutCertificate } = rig.webhook;
      for (const target of [withoutToken, wrongToken, withoutCertificate])
        assert.equal((await rig.post([found(pod)], target)).status, 401);
      const reasons = await waitUntil("the notes", async () => {
        const notes = rig.audit.of(undefined).map(({ response }) => response["reason"]);
        return new Set(notes).size === 2 && notes;
      });
      assert.deepEqual([...new Set(reasons)].sort(), [
        "without Alertmanager's certificate",
        "without the webhook's token",
      ]);
      assert.deepEqual(world.verdictsOf(pod), []);
    });

    it("says 400 to what is no message, and 503 while the API server is away", async () => {
      const pod = await world.barePod("away");
      await rig.restart(config("quarantine", "enforce"));
      assert.equal((await rig.post([{ ...found(pod), labels: { a: 1 as unknown as string } }])).status, 400);
      rig.gate.isAway = true;
      assert.equal((await rig.post([found(pod)])).status, 503);
    });
  });
});
