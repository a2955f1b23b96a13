import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { imageReference, SCENARIO_IMAGES } from "../../../components/core/tables/pins";
import { execute } from "../../../scenarios/cluster/exec";
import { NAMESPACE } from "../../../scenarios/model/names";
import type { Report } from "../../../scenarios/report/report";
import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";
import { provideImages } from "../../../tools/dev/node/stack-images";
import { copyCheckout, ROOT } from "../stack/checkout-copy";
import type { Deployment } from "../stack/deployment";
import { leaseIsSilent, nothingIsLeft, ScenarioRun } from "./scenario-run";
import { StoreRelay } from "./store-relay";

/** `npm run scenarios` against the real node of a deployment and the Elasticsearch in its pod. */
export class NodeScenarios {
  private constructor(
    private readonly deployment: Deployment,
    private readonly relay: StoreRelay,
    private readonly folder: string,
    private readonly key: string,
  ) {}

  static async start(deployment: Deployment, client: ElasticsearchClient): Promise<NodeScenarios> {
    const folder = mkdtempSync(join(tmpdir(), "security-stack-scenarios-"));
    // The stack is the deployment's, and the command reads that of its checkout.
    await copyCheckout(folder);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    deployment.copyConfigTo(join(folder, "Pulumi.dev.yaml"));
    const images = Object.values(SCENARIO_IMAGES).map((image) => imageReference(image));
    await provideImages(deployment.cluster.folder, images, () => {});
    const relay = await StoreRelay.start(client);
    writeFileSync(join(folder, "store-ca.crt"), relay.ca);
    const read = { names: ["security-*"], privileges: ["read"] };
    const key = await client.createApiKey("scenarios", { reader: { indices: [read] } } as never);
    return new NodeScenarios(deployment, relay, folder, key);
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the API server saw is found; what a sensor would have seen that only acts as one is "not run", and never passed. */
  async findWhatIsReal(): Promise<string> {
    const run = this.run("api-exec", "api-pod", "download-execute", "validate-shell");
    await run.exitCode();
    const report: Report = JSON.parse(readFileSync(join(this.folder, "report", "report.json"), "utf8"));
    const found = report.scenarios.map(({ id, status, error }) => `${id}: ${status} ${error ?? ""}`.trim());
    found.sort();
    const stands = ["download-execute: not run", "validate-shell: not run"];
    assert.deepEqual(found, ["api-exec: passed", "api-pod: passed", ...stands], run.output);
    const shell = report.scenarios.find(({ id }) => id === "validate-shell")!;
    assert.deepEqual(
      shell.expectations.map(({ tool, status, why }) => `${tool}: ${status}: ${why}`),
      ["falco: not run: stand-in", "falco: not run: stand-in", "tetragon: not run: tetragon is off"],
    );
    await nothingIsLeft(this.deployment.api);
    return found.join(", ");
  }

  /** The kubelet runs commands with a terminal and without one in a pod of a killed run, which the next run removes. */
  async killedRunIsCleaned(): Promise<void> {
    const { api, cluster } = this.deployment;
    const killed = this.run("api-exec");
    await killed.says("pods ready");
    killed.signal("SIGKILL");
    await killed.exitCode();
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfigPath);
    const command = ["sh", "-c", "test -t 1 && echo a terminal || echo none; id -u; exit 3"];
    const ask = (tty: boolean) =>
      execute(config, { namespace: NAMESPACE, pod: "ctem-testbox", command, tty, seconds: 30 });
    assert.deepEqual(await ask(true), { exitCode: 3, output: "a terminal\r\n65534\r\n" });
    assert.deepEqual(await ask(false), { exitCode: 3, output: "none\n65534\n" });
    await leaseIsSilent(api);
    const next = this.run("api-exec");
    assert.equal(await next.exitCode(), 0, next.output);
    assert.match(next.output, /what an earlier run left is removed/);
    await nothingIsLeft(api);
  }

  private run(...ids: string[]): ScenarioRun {
    const { cluster } = this.deployment;
    const args = [
      ...["--context", `security-stack-${cluster.name}`, "--kubeconfig", cluster.kubeconfigPath],
      ...["--es", this.relay.url, "--ca", join(this.folder, "store-ca.crt"), "--lock-seconds", "2"],
      ...["--report", join(this.folder, "report"), "--only", ...ids],
    ];
    return new ScenarioRun(args, this.folder, this.key);
  }
}
