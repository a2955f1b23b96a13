import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { PROVISIONER_SECRET } from "../../components/elastic/elastic-names";
import { PROVISIONER } from "../../components/elastic/roles";
import { apiKey, basic } from "../../components/node-program/http-client";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { freePorts } from "../../tools/dev/cluster/ports";
import type { ElasticsearchClient } from "../../tools/dev/elasticsearch/client";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { withClient } from "../../tools/dev/node/store-keys";
import { copyCheckout, ROOT } from "../support/stack/checkout-copy";
import { Deployment } from "../support/stack/deployment";
import { flowStep } from "../support/stack/flow-step";
import { LineFlow } from "../support/stack/line-flow";
import { secretValue } from "../support/stack/objects";
import { run } from "../support/stack/run";
import { timed } from "../support/stack/timed";

const NAMESPACE = "security-pipeline";
const LINES_PER_SECOND = 20;
const KEY_OF_GATEWAY = { name: "elasticsearch-api-key", key: "api_key" };

interface MadeKey {
  name: string;
  invalidated: boolean;
}

// The program's own objects, keys and user inside an Elasticsearch that ECK made, through the port-forward of a real kubelet. That
// Elasticsearch keeps lifecycle policies and a transform without carrying them out (tools/dev/node/stand-ins.ts).
describe("npm run rotate on a real node", function () {
  this.timeout(900_000);
  const checkout = mkdtempSync(join(tmpdir(), "security-stack-rotate-"));
  let failed: string | undefined;
  let flow: LineFlow | undefined;
  let deployment: Deployment;
  let output: { elasticsearch: { objects: Record<string, unknown> } };

  before(async () => {
    const [port] = (await freePorts(1)) as [number];
    deployment = await Deployment.start({
      ...{ name: "test-node-rotate", asConfigured: true, realNode: true, objects: true },
    });
    deployment.configure({
      output: {
        elasticsearch: {
          managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } },
          objects: { localPorts: { elasticsearch: port } },
        },
      },
      toggle: { tetragon: false, osquery: false, trivy: false },
      features: [
        { name: "otel_pipeline", config: { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" } },
        { name: "falco", config: { priority: "Notice" } },
        { name: "correlation" },
      ],
    });
  });
  beforeEach(() => assert.equal(failed, undefined, "is not run: a test before it failed"));
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = this.currentTest.title;
  });
  after(async () => {
    flow?.stop();
    await deployment?.stop();
    for (const left of [checkoutFolder(checkout), checkout]) rmSync(left, { recursive: true, force: true });
  });

  it("begins with what one update made inside of Elasticsearch: templates, a data stream, keys of the first generation", async () => {
    await timed("first up", () => deployment.run("up"));
    flow = new LineFlow(deployment.node!.logFolder);
    flow.start(LINES_PER_SECOND);
    await inStore(async (client) => {
      for (const name of Object.values(INDICES))
        assert.equal((await client.request("GET", `/_index_template/${name}`)).status, 200, name);
      await flow!.allArrived(client);
      const { data_streams } = await client.must("GET", `/_resolve/index/${INDICES.events}`);
      assert.equal((data_streams as unknown[]).length, 1);
      assert.deepEqual(await keysOf(client), [...named(1, false)]);
    });
    await timed("second preview", () => deployment.run("preview", ["--expect-no-changes"]));
  });

  it("asks for the next generation in the stack's file", async () => {
    await copyCheckout(checkout);
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
    const file = join(checkout, "Pulumi.dev.yaml");
    deployment.copyConfigTo(file);
    const { code, stdout, stderr } = await run("npm", ["run", "--silent", "rotate", "--", "--stack", "dev"], {
      cwd: checkout,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Generation 2 in .*Pulumi\.dev\.yaml\. Next: `npm run up -- --stack dev`\.$/m);
    output = parse(readFileSync(file, "utf8")).config["security-stack:output"];
    assert.equal(output.elasticsearch.objects["generation"], 2);
  });

  it("makes new keys and a new user by the next update, removes the old ones, and loses no line", async () => {
    const before = await gatewayKey();
    const twice = await flowStep(
      "rotated",
      () => [flow!],
      inStore,
      () =>
        // By its address: the language host that can be built here ends the program, and with it the port-forward, before the engine
        // deletes what is old.
        inStore(async ({ url }) => {
          output.elasticsearch.objects["endpoints"] = [url];
          deployment.configure({ output });
          await deployment.run("up");
        }),
    );
    assert.equal(twice, 0);
    await inStore(async (client) => {
      assert.deepEqual(await keysOf(client), [...named(1, true), ...named(2, false)]);
      const asks = async (key: string) =>
        (await client.as(apiKey(key)).request("GET", "/_security/_authenticate")).status;
      assert.deepEqual([await asks(before), await asks(await gatewayKey())], [401, 200]);
      const password = await secretValue(deployment.api, NAMESPACE, `${PROVISIONER_SECRET}-2`, "password");
      const user = client.as(basic(PROVISIONER, password!));
      assert.equal((await user.request("GET", "/_security/_authenticate")).status, 200);
    });
    const old = await secretValue(deployment.api, NAMESPACE, `${PROVISIONER_SECRET}-1`, "password");
    assert.equal(old, undefined);
  });

  it("previews no change afterwards", async () => {
    delete output.elasticsearch.objects["endpoints"];
    deployment.configure({ output });
    await deployment.run("up");
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  async function gatewayKey(): Promise<string> {
    const { name, key } = KEY_OF_GATEWAY;
    return (await secretValue(deployment.api, NAMESPACE, name, key))!;
  }

  /** Those that the program made, by generation and name. */
  async function keysOf(client: ElasticsearchClient): Promise<MadeKey[]> {
    const { api_keys } = await client.must("GET", "/_security/api_key?name=security-stack-*");
    const keys = (api_keys as MadeKey[]).map(({ name, invalidated }) => ({ name, invalidated }));
    const order = ({ name }: MadeKey) => name.slice(-1) + name;
    return keys.sort((one, other) => order(one).localeCompare(order(other)));
  }

  function* named(generation: number, invalidated: boolean): Generator<MadeKey> {
    for (const holder of ["correlator", "gateway"])
      yield { name: `security-stack-${holder}-${generation}`, invalidated };
  }

  function inStore<T>(use: (client: ElasticsearchClient) => Promise<T>): Promise<T> {
    return withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, use);
  }
});
