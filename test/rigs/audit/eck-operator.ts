import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { Target } from "../../../components/node-program/http-client";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** The definitions of ECK's objects, as its chart has them; done when they are served. */
export async function installEckDefinitions(api: KubeApi): Promise<void> {
  const file = join(await chart(), "charts", "eck-operator-crds", "templates", "all-crds.yaml");
  const documents = parseAllDocuments(readFileSync(file, "utf8")).map((one) => one.toJS());
  const names: string[] = [];
  for (const definition of documents) {
    if (!definition) continue;
    // Their values are for Helm to fill in.
    delete definition.metadata.labels;
    names.push(definition.metadata.name);
    await api.ensure(CRDS, definition);
  }
  for (const name of names)
    await waitUntil(`definition ${name}`, async () => {
      const { status } = await api.get<{ status: { conditions?: Condition[] } }>(`${CRDS}/${name}`);
      return status.conditions?.some(({ type, status }) => type === "Established" && status === "True");
    });
}

interface Condition {
  type: string;
  status: string;
}

/** What the operator may do in the namespaces that it looks after, as its chart has it. */
export async function eckRules(): Promise<unknown> {
  const helpers = readFileSync(join(await chart(), "templates", "_helpers.tpl"), "utf8");
  const [, rules] = /define "eck-operator\.rbacRules" -\}\}\n([\s\S]*?)\n\{\{- end -\}\}/.exec(helpers) ?? [];
  if (rules === undefined) throw new Error("the chart of ECK has no rbacRules");
  return parse(rules);
}

async function chart(): Promise<string> {
  const { "chart-eck-operator": folder } = await ensureTools(["chart-eck-operator"]);
  return folder;
}

/** ECK's operator as its pod runs it, in a process of its own, with the token of its account. */
export class EckOperator {
  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {}

  static async start(
    folder: string,
    namespace: string,
    { url, ca }: Target,
    token: string,
  ): Promise<EckOperator> {
    const { "eck-operator": program } = await ensureTools(["eck-operator"]);
    mkdirSync(folder, { recursive: true });
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, stringify(kubeconfigOf(url, String(ca), token)), { mode: 0o600 });
    const args = [
      ...["manager", `--namespaces=${namespace}`, `--operator-namespace=${namespace}`, "--metrics-port=0"],
      ...["--enable-webhook=false", "--validate-storage-class=false", "--disable-telemetry"],
      ...["--disable-config-watch", "--set-default-security-context=true", "--ip-family=IPv4"],
    ];
    const logFile = join(folder, "operator.log");
    const log = openSync(logFile, "a");
    const child = spawn(program, args, {
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        KUBECONFIG: kubeconfig,
        POD_NAME: "elastic-operator-0",
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    return new EckOperator(child, logFile);
  }

  log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }
}

function kubeconfigOf(server: string, ca: string, token: string): object {
  const name = "operator";
  const data = Buffer.from(ca).toString("base64");
  return {
    ...{ apiVersion: "v1", kind: "Config", "current-context": name },
    clusters: [{ name, cluster: { server, "certificate-authority-data": data } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}
