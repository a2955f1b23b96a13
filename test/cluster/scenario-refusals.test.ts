import assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { listPath } from "../../components/kubernetes/cluster-objects";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";
import { REFUSED } from "../../scenarios/all-scenarios";
import { withoutWhatIsOff } from "../../scenarios/check/detections";
import type { ScenarioResult } from "../../scenarios/check/run";
import type { Store } from "../../scenarios/check/store";
import { runOnCluster } from "../../scenarios/cluster/runner";
import { DEFAULT_INDICES, NAMESPACE } from "../../scenarios/model/names";
import { withImagesOf } from "../../scenarios/model/refused-request";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { defineServiceEntries } from "../support/admission/service-entries";
import { nothingIsLeft } from "../support/scenarios/scenario-run";
import { connect } from "../support/stack/objects";

const RULES = ["privileged", "mesh-system", "mesh-bypass", "service-entries"];
const REGISTRY = "registry.example/shop";
const nothing: Store = { search: async () => ({ total: 0, hits: [] }) };

// What is stored of them is looked for in the rung `audit`.
describe("scenarios of what the API server refuses", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let api: KubeApi;
  let config: KubeConfig;

  /** The namespace of other scenarios is left out, as docs/zero-trust.md asks for. */
  const admission = (stage: "deny" | "dryrun") =>
    admissionManifests(
      admissionSchema.parse({
        ...{ stage, registries: [REGISTRY], egressHosts: ["api.example.com"] },
        excludeNamespaces: [NAMESPACE],
      }),
      ["kube-system"],
    );

  before(async () => {
    cluster = await startCluster({ name: "scenario-refusals", ephemeral: true });
    api = connect(cluster.kubeconfigPath);
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfigPath);
    for (const manifest of admission("deny")) await api.create(listPath(manifest), manifest);
    await holds(true);
  });
  after(async () => {
    await api?.close();
    await cluster?.stop();
  });

  /** The API server takes some time to see a policy. */
  const holds = (refused: boolean) =>
    waitUntil("the policies to be seen", async () => {
      const labels = { "istio.io/dataplane-mode": "ambient" };
      const answer = api.patch("/api/v1/namespaces/kube-system?dryRun=All", { metadata: { labels } });
      const isRefused = await answer.then(
        () => false,
        () => true,
      );
      if (isRefused !== refused) throw new Error(isRefused ? "still refused" : "let through");
      return true;
    });

  const run = async (registry = REGISTRY): Promise<Map<string, ScenarioResult>> => {
    const asked = withImagesOf(withoutWhatIsOff(REFUSED, new Map([["admission", RULES]])), registry);
    const results = await runOnCluster(asked, {
      ...{ config, store: nothing, indices: DEFAULT_INDICES, say: () => undefined, ignoreSensors: true },
      signal: new AbortController().signal,
      lock: { namespace: "default", seconds: 15 },
    });
    await nothingIsLeft(api);
    return new Map(results.map((result) => [result.id, result]));
  };
  const statuses = (results: Map<string, ScenarioResult>) =>
    [...results].map(([id, { status }]) => `${id}: ${status}`);

  it("pass by a denial that names the rule, but for a kind that is not there; nothing is left", async () => {
    const results = await run();
    assert.deepEqual(statuses(results), [
      "refused-privileged: passed",
      "refused-mesh-system: passed",
      "refused-mesh-bypass: passed",
      "refused-host: not run",
      "refused-plaintext: not run",
      "refused-egress: not run",
      "refused-clear-nodes: not run",
    ]);
    const [privileged] = results.get("refused-privileged")!.expectations;
    assert.match(
      privileged?.why.join() ?? "",
      /^422: .*ValidatingAdmissionPolicy 'security-stack-privileged?[a-z-]*' .*fix: /s,
    );
    assert.deepEqual(results.get("refused-host")!.expectations[0]?.why, ["the cluster has no such kind"]);
  });

  it("pass for a host that nobody listed, where the cluster knows ServiceEntries", async () => {
    await defineServiceEntries(api);
    const host = (await run()).get("refused-host")!;
    assert.equal(host.status, "passed");
    assert.match(
      host.expectations[0]?.why.join() ?? "",
      /security-stack-service-entries.*host ctem\.invalid/s,
    );
  });

  it("are errors where another rule refuses first: that says nothing of theirs", async () => {
    const bypass = (await run("registry.invalid")).get("refused-mesh-bypass")!;
    // Which one of two the API server names is its own choice.
    if (bypass.status === "passed") return;
    assert.equal(bypass.status, "error");
    assert.match(bypass.error ?? "", /security-stack-registries/);
  });

  it("fail where the policies only note, and make nothing all the same", async () => {
    for (const manifest of admission("dryrun").filter(({ kind }) => kind.endsWith("Binding")))
      await api.patch(`${listPath(manifest)}/${manifest.metadata.name}`, manifest);
    await holds(false);
    const results = await run();
    for (const id of ["privileged", "mesh-system", "mesh-bypass", "host"]) {
      const { status, expectations } = results.get(`refused-${id}`)!;
      assert.deepEqual([status, ...expectations[0]!.why], ["failed", "it was let through"]);
    }
  });
});
