import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withClient } from "../../tools/dev/node/store-keys";
import { Deployment } from "../support/stack/deployment";
import { until } from "../support/stack/objects";

const NAMESPACE = "security-pipeline";
const SAMPLES = join(__dirname, "..", "..", "components", "falco", "samples");

// The product's own update in one go, with nothing after the API server simulated but the sensors, whose programs no registry of
// packages has: ECK's operator makes Elasticsearch in a pod, and a line on the node's disk becomes a document in it.
describe("the stack on a real node", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  const said: string[] = [];

  before(async () => {
    deployment = await Deployment.start({
      name: "test-node-stack",
      asConfigured: true,
      realNode: true,
      say: (line) => said.push(line),
    });
    deployment.configure({
      output: { elasticsearch: { managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } } } },
      toggle: { tetragon: false, osquery: false, trivy: false },
    });
  });
  after(() => deployment?.stop());

  it("comes up in one update, Elasticsearch green and every condition true", async () => {
    await deployment.run("up");
    const { conditions } = (await deployment.outputs()) as {
      conditions: { type: string; status: string }[];
    };
    for (const condition of conditions) assert.equal(condition.status, "True", JSON.stringify(condition));
    const path = `/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${NAMESPACE}/elasticsearches/security`;
    const { status } = await deployment.api.get<{ status: { phase: string; health: string } }>(path);
    assert.deepEqual([status.phase, status.health], ["Ready", "green"]);
  });

  it("says what stands in for an image and what is only simulated", () => {
    assert.ok(
      said.some((line) => /stand-in: .*elasticsearch:.* is /.test(line)),
      said.join("\n"),
    );
    assert.ok(
      said.some((line) => line.includes("simulated: falco")),
      said.join("\n"),
    );
  });

  it("brings lines of the node's log folder into Elasticsearch", async () => {
    const [file] = readdirSync(SAMPLES).filter((name) => name.endsWith(".jsonl"));
    const lines = readFileSync(join(SAMPLES, file!), "utf8").trimEnd().split("\n");
    const folder = join(deployment.node!.logFolder, "security", "falco");
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, "events.log"), `${lines.join("\n")}\n`);
    const { api, cluster } = deployment;
    await withClient(api, cluster.kubeconfigPath, NAMESPACE, async (client) => {
      const count = () => client.count("security-events");
      assert.equal(await until("the documents", count, (found) => found >= lines.length), lines.length);
    });
  });

  it("previews no change afterwards", async () => {
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  it("has no container that was started twice", async () => {
    interface Pod {
      metadata: { name: string };
      spec: { nodeName: string };
      status: { containerStatuses?: { restartCount: number }[] };
    }
    const { items } = await deployment.api.get<{ items: Pod[] }>("/api/v1/pods");
    const real = items.filter(({ spec }) => spec.nodeName === deployment.node!.name);
    assert.ok(real.length >= 4, `${real.length} pods`);
    for (const { metadata, status } of real)
      for (const { restartCount } of status.containerStatuses ?? [])
        assert.equal(restartCount, 0, metadata.name);
  });
});
