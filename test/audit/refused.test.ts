import assert from "node:assert/strict";
import { listPath } from "../../components/kubernetes/cluster-objects";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";
import { REFUSED } from "../../scenarios/all-scenarios";
import { withoutWhatIsOff } from "../../scenarios/check/detections";
import { runOnCluster } from "../../scenarios/cluster/runner";
import { REFUSED_PREFIX } from "../../scenarios/model/names";
import { withImagesOf } from "../../scenarios/model/refused-request";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { CLUSTER_NAME } from "../rigs/pipeline/rig";
import { defineServiceEntries } from "../support/admission/service-entries";
import { hits, readAll } from "./looking";
import { type AuditWorld, auditWorld } from "./world";

const RULES = ["privileged", "mesh-system", "mesh-bypass", "service-entries"];

describe("what the real API server refuses", function () {
  this.timeout(240_000);
  let world: AuditWorld;
  // For the time of this file: the policies would refuse what the others do.
  const policies = admissionManifests(
    admissionSchema.parse({ stage: "deny", egressHosts: ["api.example.com"] }),
    ["kube-system"],
  );

  before(async () => {
    world = await auditWorld();
    await defineServiceEntries(world.api);
    for (const manifest of policies) await world.api.create(listPath(manifest), manifest);
    // The API server takes some time to see them.
    const labels = { "istio.io/dataplane-mode": "ambient" };
    await waitUntil("the policies to hold", () =>
      world.api.patch("/api/v1/namespaces/kube-system?dryRun=All", { metadata: { labels } }).then(
        () => Promise.reject(new Error("let through")),
        () => true,
      ),
    );
  });
  after(async () => {
    for (const manifest of policies)
      await world.api.delete(`${listPath(manifest)}/${manifest.metadata.name}`);
  });

  it("is refused by our rules, and found in Elasticsearch with who asked", async () => {
    const { config, store } = world;
    const detections = new Map<string, readonly string[] | undefined>([
      ["admission", RULES],
      ["k8s_audit", undefined],
    ]);
    const asked = withImagesOf(withoutWhatIsOff(REFUSED, detections));
    const results = await runOnCluster(asked, {
      ...{ config, store, indices: INDICES, clusterName: CLUSTER_NAME },
      signal: new AbortController().signal,
      say: () => undefined,
      ignoreSensors: true,
      lock: { namespace: "default", seconds: 15 },
      intervalMs: 250,
    });
    const said = results.map(({ id, status, expectations }) => [
      `${id}: ${status}`,
      ...expectations.map(({ tool, status: own }) => `${tool} ${own}`),
    ]);
    const found = ["admission passed", "k8s_audit passed"];
    assert.deepEqual(
      said,
      [
        ["refused-privileged: passed", ...found],
        ["refused-mesh-system: passed", ...found],
        ["refused-mesh-bypass: passed", ...found],
        ["refused-host: passed", ...found],
        ["refused-plaintext: not run", "istio not run"],
        ["refused-egress: not run", "istio not run"],
        ["refused-clear-nodes: not run", "cilium not run"],
      ],
      JSON.stringify(results, null, 1),
    );
  });

  // As loud as it is meant to be: the refused pod is an attack, and a namespace's end is told whoever's it was.
  it("is loud by what was asked for and by the end of its namespaces, and by nothing that went before", async () => {
    await readAll(world);
    const fields = ["orchestrator.namespace", "orchestrator.resource.name"];
    const made = await hits(world, {
      bool: {
        should: fields.map((field) => ({ prefix: { [field]: REFUSED_PREFIX } })),
        minimum_should_match: 1,
      },
    });
    assert.ok(made.some(({ event }) => event.action === "create"));
    const loud = made.filter(({ event }) => event.severity >= 3).map(({ rule }) => rule?.name ?? "none");
    assert.deepEqual([...new Set(loud)].sort(), ["namespace-deleted", "privileged-workload"]);
  });
});
