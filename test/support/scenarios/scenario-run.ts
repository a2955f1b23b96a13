import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ESCAPE_NAMESPACE, NAMESPACE } from "../../../scenarios/model/names";
import { ApiError, type KubeApi } from "../../../tools/dev/cluster/api";

const ROOT = join(__dirname, "..", "..", "..");
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/security-stack-scenarios";

/** `npm run scenarios` as a process of its own, so that it can be killed. */
export class ScenarioRun {
  static readonly all: ScenarioRun[] = [];
  output = "";
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  /**
   * @param checkout whose stack files it reads; this one by default
   * @param key API key for Elasticsearch
   */
  constructor(args: readonly string[], checkout = ROOT, key = "a2V5") {
    this.child = spawn(process.execPath, [join(checkout, "tools", "bootstrap.js"), "scenarios", ...args], {
      env: { ...process.env, ELASTICSEARCH_API_KEY: key, SECURITY_STACK_PROTECTED_CONTEXTS: "" },
      cwd: checkout,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (data: Buffer) => {
      this.output += data.toString();
    };
    this.child.stdout?.on("data", collect);
    this.child.stderr?.on("data", collect);
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
    ScenarioRun.all.push(this);
  }

  /** Ends what a failed test left running, and shows how far it came. */
  endWith(state: "failed" | "passed" | "pending" | undefined): void {
    if (state === "passed" || this.child.exitCode !== null) return;
    this.child.kill("SIGKILL");
    process.stderr.write(this.output);
  }

  exitCode(): Promise<number | null> {
    return this.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves when the text is in its output; fails where it ends without. */
  says(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.output.includes(text)) resolve();
      };
      this.child.stderr?.on("data", look);
      look();
      void this.ended.then(() => reject(new Error(`it ended without "${text}":\n${this.output}`)));
    });
  }
}

/** Neither the namespaces of the scenarios nor their lock. */
export async function nothingIsLeft(api: KubeApi): Promise<void> {
  for (const path of [`/api/v1/namespaces/${NAMESPACE}`, `/api/v1/namespaces/${ESCAPE_NAMESPACE}`, LEASE])
    assert.equal(await read(api, path), undefined, path);
}

async function read(api: KubeApi, path: string): Promise<unknown> {
  try {
    return await api.get(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Until the lease of a killed run counts as abandoned. */
export async function leaseIsSilent(api: KubeApi): Promise<void> {
  const lease = (await read(api, LEASE)) as { spec: { renewTime: string } } | undefined;
  const end = lease ? new Date(lease.spec.renewTime).getTime() + 2_000 : 0;
  while (Date.now() <= end) await new Promise((resolve) => setTimeout(resolve, 100));
}
