import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { stackContext } from "../../components/core/config/load";
import { requireCluster } from "../../tools/cli/doctor-checks/reachable";
import type { Fault } from "../../tools/dev/cluster/fault";

describe("a cluster that can't be used", () => {
  const before = process.env["KUBECONFIG"];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "reachable-"));
  });
  afterEach(() => {
    if (before === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = before;
    rmSync(folder, { recursive: true, force: true });
  });

  async function faultOf(server: string | undefined, context?: string): Promise<Fault> {
    const file = join(folder, "kubeconfig");
    process.env["KUBECONFIG"] = file;
    if (server !== undefined) writeFileSync(file, kubeconfig(server));
    const fault: Fault = await requireCluster(context).then(
      () => assert.fail("no error"),
      (error) => error,
    );
    assert.match(fault.fix ?? "", /npm run doctor/);
    return fault;
  }

  it("is named when nothing listens at its address", async () => {
    const port = await closedPort();
    const { message } = await faultOf(`https://127.0.0.1:${port}`);
    assert.match(message, new RegExp(`context here at https://127.0.0.1:${port}: nothing listens there`));
  });

  it("is asked for when there is no kubeconfig", async () => {
    assert.match((await faultOf(undefined)).message, /no kubeconfig/i);
  });

  it("is listed with the others when its context is not in the kubeconfig", async () => {
    const { message, fix } = await faultOf("https://127.0.0.1:1", "prod");
    assert.match(message, /no context "prod"/);
    assert.match(fix ?? "", /Use one of: here/);
  });

  it("is that of global.context, of a config that may be wrong otherwise", () => {
    const file = join(folder, "Pulumi.prod.yaml");
    writeFileSync(file, 'config: {"security-stack:global": {context: prod-eks, clusterNam: x}}');
    assert.equal(stackContext(file), "prod-eks");
  });
});

function kubeconfig(server: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
    "current-context": "here",
  });
}

async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
