import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster, stopCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkout, checkoutFolder } from "../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { processesOf, signalProcesses } from "../../tools/dev/cluster/processes";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { enginePrograms } from "../../tools/dev/engine/home";
import { endEngines, LocalStack, type Operation } from "../../tools/dev/engine/local-stack";

const daemonSet = "/apis/apps/v1/namespaces/tiny/daemonsets/agent";
const greeting = "/api/v1/namespaces/tiny/configmaps/greeting";
const unasked = ["--yes", "--skip-preview"];

describe("engine on the embedded cluster", function () {
  this.timeout(300_000);
  let project: string;
  let decoyHome: string;
  let cluster: Cluster;
  let api: KubeApi;
  let stack: LocalStack;

  before(async () => {
    project = makeProject();
    decoyHome = mkdtempSync(join(tmpdir(), "home-"));
    mkdirSync(join(decoyHome, ".pulumi"));
    writeFileSync(join(decoyHome, ".pulumi", "credentials.json"), '{"current":"https://users.invalid"}');
    cluster = await startCluster({ directory: project });
    api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
    stack = new LocalStack({
      directory: project,
      kubeconfigPath: cluster.kubeconfigPath,
      env: { HOME: decoyHome },
    });
  });

  after(async () => {
    api?.close();
    await endEngines(project);
    await stopCluster("dev", { directory: project, purge: true });
    rmSync(checkoutFolder(project), { recursive: true, force: true });
    for (const folder of [project, decoyHome]) rmSync(folder, { recursive: true });
  });

  const run = async (operation: Operation, args: string[] = operation === "preview" ? [] : unasked) => {
    const result = await stack.run(operation, args, true);
    return { ...result, output: result.stdout + result.stderr };
  };
  const succeed = async (operation: Operation, args?: string[]) => {
    const result = await run(operation, args);
    assert.equal(result.code, 0, result.output);
    return result.output;
  };

  it("brings a stack up for real, leaving project and home as they were", async () => {
    const before = snapshot(project);
    const homeBefore = snapshot(decoyHome);
    const output = await succeed("up");
    assert.doesNotMatch(output, /warning/i);
    assert.deepEqual(await stack.outputs(), { ready: "2/2", greeting: "hello" });
    assert.equal(await numberReady(), 2);
    assert.deepEqual(snapshot(project), before);
    assert.deepEqual(snapshot(decoyHome), homeBefore);
  });

  it("changes nothing the second time", async () => {
    await succeed("preview", ["--expect-no-changes"]);
    await succeed("up", [...unasked, "--expect-no-changes"]);
  });

  it("takes the config as it is now", async () => {
    editConfig("greeting: hello", "greeting: goodbye");
    await succeed("up");
    assert.equal((await stack.outputs()).greeting, "goodbye");
    editConfig("greeting: goodbye", "greeting: hello");
    await succeed("up");
  });

  it("ignores a login, a backend and a stack that the user's environment names", async () => {
    const decoys = {
      PULUMI_BACKEND_URL: "https://users.invalid",
      PULUMI_STACK: "prod",
      PULUMI_CONFIG_PASSPHRASE: "users",
      PULUMI_ACCESS_TOKEN: "x",
    };
    Object.assign(process.env, decoys);
    try {
      const other = new LocalStack({ directory: project, kubeconfigPath: cluster.kubeconfigPath });
      const { code, stderr } = await other.run("preview", ["--expect-no-changes"], true);
      assert.equal(code, 0, stderr);
    } finally {
      for (const name of Object.keys(decoys)) delete process.env[name];
    }
  });

  it("lets two runs of one checkout wait for each other", async () => {
    const results = await Promise.all([run("up"), run("up")]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
    );
  });

  it("gives a failing program's exit code and undoes nothing", async () => {
    editConfig("greeting: hello", "broken: yes");
    assert.notEqual((await run("up")).code, 0);
    editConfig("broken: yes", "greeting: hello");
    assert.equal(await numberReady(), 2);
    await succeed("up");
  });

  it("refuses an encrypted secret of another stack before anything runs", async () => {
    const file = join(project, "Pulumi.dev.yaml");
    const kept = readFileSync(file, "utf8");
    writeFileSync(file, `${kept}  tiny:password: { secure: v1:abc }\n`);
    await assert.rejects(run("up"), /holds an encrypted secret/);
    writeFileSync(file, kept);
  });

  describe("an update that is cut off while a DaemonSet is waited for", () => {
    // Pods do not get ready while kwok stands still.
    const signalKwok = (name: NodeJS.Signals) => {
      const kwok = processesOf(cluster.folder, ["kwok"]);
      assert.equal(kwok.length, 1);
      signalProcesses(kwok, name);
    };
    const engine = () => processesOf(stack.home.folder, enginePrograms);
    let starter: ChildProcess;

    beforeEach(async () => {
      await succeed("destroy");
      signalKwok("SIGSTOP");
      starter = startUp(project, cluster.kubeconfigPath);
      for (const path of [daemonSet, greeting])
        await waitUntil(`${path} to be made`, async () => Boolean(await api.get(path)));
    });

    afterEach(async () => {
      assert.equal(await numberReady(), 2);
      await succeed("preview", ["--expect-no-changes"]);
      assert.deepEqual(engine(), []);
    });

    const upAgain = async () => {
      signalKwok("SIGCONT");
      const began = Date.now();
      await succeed("up");
      assert.ok(Date.now() - began < 120_000, "it waited for what was cut off");
    };

    it("recovers from kill -9 of everything", async () => {
      starter.kill("SIGKILL");
      signalProcesses(engine(), "SIGKILL");
      await ended(starter);
      await upAgain();
    });

    it("recovers from kill -9 of the command only, ending the engine that it left", async () => {
      starter.kill("SIGKILL");
      await ended(starter);
      assert.ok(engine().some(({ name }) => name === "pulumi"));
      await upAgain();
    });

    it("leaves nothing of a killed update that the program no longer wants", async () => {
      starter.kill("SIGKILL");
      signalProcesses(engine(), "SIGKILL");
      await ended(starter);
      editConfig("greeting: hello", "farewell: bye");
      try {
        await upAgain();
        await assert.rejects(api.get(greeting), isNotFound);
      } finally {
        editConfig("farewell: bye", "greeting: hello");
      }
      await succeed("up");
      await api.get(greeting);
    });

    it("ends in good order at SIGINT, and goes on", async () => {
      starter.kill("SIGINT");
      assert.equal(await ended(starter), 130);
      await upAgain();
    });
  });

  it("notices that the cluster began anew", async () => {
    await stopCluster("dev", { directory: project, purge: true });
    await startCluster({ directory: project });
    api.close();
    api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
    await assert.rejects(api.get(daemonSet), isNotFound);
    await succeed("up");
    assert.equal(await numberReady(), 2);
  });

  it("destroys all that it made", async () => {
    await succeed("destroy");
    await assert.rejects(api.get("/api/v1/namespaces/tiny"), isNotFound);
    assert.equal((await stack.state()).deployment.resources?.length ?? 0, 0);
  });

  async function numberReady(): Promise<number> {
    return (await api.get<{ status: { numberReady: number } }>(daemonSet)).status.numberReady;
  }

  function editConfig(from: string, to: string): void {
    const file = join(project, "Pulumi.dev.yaml");
    const text = readFileSync(file, "utf8");
    assert.ok(text.includes(from));
    writeFileSync(file, text.replace(from, to));
  }
});

function isNotFound(error: ApiError): boolean {
  return error.status === 404;
}

const program = `
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
if (config.get("broken")) throw new pulumi.RunError("broken as asked");
const provider = new k8s.Provider("kubernetes", { enableConfigMapMutable: true });
const namespace = new k8s.core.v1.Namespace("tiny", { metadata: { name: "tiny" } }, { provider });
const inNamespace = { provider, dependsOn: [namespace] };
const greeting = config.get("greeting");
if (greeting) new k8s.core.v1.ConfigMap("greeting", { metadata: { name: "greeting", namespace: "tiny" }, data: { greeting } }, inNamespace);
const agent = new k8s.apps.v1.DaemonSet("agent", {
  metadata: { name: "agent", namespace: "tiny" },
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "main", image: "registry.invalid/none:1.0" }] } },
  },
}, inNamespace);
exports.greeting = greeting;
exports.ready = agent.status.apply((status) => status.numberReady + "/" + status.desiredNumberScheduled);
`;

/** A Pulumi project in a folder of its own: for the tools, another checkout. */
function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  writeFileSync(join(folder, "package.json"), '{ "name": "tiny", "version": "1.0.0" }');
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: tiny\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n",
  );
  const config =
    "config:\n  pulumi:disable-default-providers: [kubernetes]\n  tiny:greeting: hello # kept as it is\n";
  writeFileSync(join(folder, "Pulumi.dev.yaml"), config);
  writeFileSync(join(folder, "index.js"), program);
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** An `up` that can be killed without taking the tests along. */
function startUp(directory: string, kubeconfigPath: string): ChildProcess {
  const options = JSON.stringify({ directory, kubeconfigPath });
  const script = `
    const { LocalStack } = require("./tools/dev/engine/local-stack");
    new LocalStack(${options}).run("up", ${JSON.stringify(unasked)}, true).then((result) => process.exit(result.interrupted ? 130 : result.code));
  `;
  return spawn(process.execPath, ["--require", "tsx/cjs", "-e", script], { cwd: checkout, stdio: "ignore" });
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done) => child.on("exit", done));
}

/** Every file below a folder with its text, but for node_modules. */
function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")]));
}
