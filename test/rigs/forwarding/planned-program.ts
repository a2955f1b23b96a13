import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseConfig } from "../../../components/core/config/parse";
import { plan } from "../../../components/core/plan/plan";
import { forwarderKey } from "../../../components/documents/api-keys";
import type { Manifest } from "../../../components/kubernetes/manifest";
import { podSpecOf } from "../../../components/kubernetes/pod-spec";
import { FEATURES } from "../../../components/registry";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import type { ClusterWithRights } from "./cluster-with-rights";

/** Manifests of a stack config with an Elasticsearch of the user's. */
export function plannedManifests(config: {
  output?: Record<string, unknown>;
  features?: Record<string, unknown>[];
}): Manifest[] {
  const { output = {}, features = [] } = config;
  const values = {
    global: { clusterName: "test" },
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] }, ...output },
    features: [{ name: "otel_pipeline" }, ...features],
  };
  const { features: planned } = plan(parseConfig({ values, encrypted: [] }, FEATURES));
  return planned.flatMap(({ contribution }) => contribution.manifests);
}

export interface ProgramOptions {
  /** Of its Deployment or CronJob. */
  name: string;
  folder: string;
  manifests: readonly Manifest[];
  cluster: ClusterWithRights;
  server: ElasticsearchServer;
  /** Variables that only this machine has, over those of the pod. */
  env?: Record<string, string>;
  /** Changes the text of a file of the ConfigMap: an address on this machine instead of one far away. */
  adapt?: (file: string, text: string) => string;
}

/**
 * The program of a pod of the plan as a process of this machine: its files and its variables are those of the plan, its token
 * that of its ServiceAccount at a real API server, its key one of the real Elasticsearch with the rights that the plan asks for.
 */
export class PlannedProgram {
  private child: ChildProcess | undefined;
  private output = "";

  private constructor(
    private readonly entry: string,
    private readonly env: Record<string, string>,
  ) {}

  static async create(options: ProgramOptions): Promise<PlannedProgram> {
    const { name, manifests, cluster, server, adapt = (_, text) => text } = options;
    const folder = path.join(options.folder, name);
    fs.mkdirSync(folder, { recursive: true });
    const write = (file: string, text: string) => {
      fs.writeFileSync(path.join(folder, file), text, { mode: 0o600 });
      return path.join(folder, file);
    };
    const map = manifests.find((one) => one.kind === "ConfigMap" && one.metadata.name === `${name}-program`);
    if (map?.kind !== "ConfigMap") throw new Error(`the plan has no ${name}-program`);
    const files = Object.entries(map.data ?? {});
    for (const [file, text] of files) write(file, adapt(file, text));
    const { hostname, port } = new URL(cluster.target.url);
    write("token", await cluster.token(name));
    write("ca.crt", cluster.target.ca);
    const planned = plannedEnvironment(manifests, name);
    return new PlannedProgram(path.join(folder, files[0]![0]), {
      ...planned,
      ELASTICSEARCH_URLS: server.url,
      ELASTICSEARCH_API_KEY_FILE: write(
        "api_key",
        await server.client.createApiKey(name, forwarderKey(INDICES)),
      ),
      ELASTICSEARCH_CA_FILE: write("es-ca.crt", server.caCertificate),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      SERVICE_ACCOUNT_FOLDER: folder,
      ...Object.fromEntries(
        Object.entries(planned).flatMap(([variable, value]) =>
          /^(TARGET|DESTINATION)_FILE$/.test(variable)
            ? [[variable, path.join(folder, path.basename(value))]]
            : [],
        ),
      ),
      ...options.env,
    });
  }

  start(): void {
    const child = spawn(process.execPath, [this.entry], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (piece) => {
        this.output += piece;
      });
    this.child = child;
  }

  /** @returns its exit code, or -1 where a signal ended it */
  async ended(): Promise<number> {
    const { child } = this;
    if (!child) throw new Error("it was not started");
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once("exit", resolve));
    return child.exitCode ?? -1;
  }

  /** Starts it and waits until it ends by itself. */
  run(): Promise<number> {
    this.start();
    return this.ended();
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number> {
    this.child?.kill(signal);
    return this.child ? this.ended() : 0;
  }

  /** All that it has printed, over all starts. */
  log(): string {
    return this.output;
  }
}

function plannedEnvironment(manifests: readonly Manifest[], name: string): Record<string, string> {
  const workload = manifests.find(
    ({ kind, metadata }) => ["CronJob", "Deployment"].includes(kind) && metadata.name === name,
  );
  const [container] = (workload && podSpecOf(workload)?.containers) ?? [];
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? ""]));
}
