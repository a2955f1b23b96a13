import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { listPath } from "../../../components/kubernetes/cluster-objects";
import type { Manifest } from "../../../components/kubernetes/manifest";
import { ApiError, type KubeApi } from "../../../tools/dev/cluster/api";
import { type Accepted, objectsOf } from "./accepted-plans";

/** What the real programs said to what the plan takes. */
export interface Verdict {
  objects: number;
  collectorConfigs: number;
  /** Each with the value that it comes of. */
  refused: string[];
}

const AT_ONCE = 8;

/** Puts each object that differs from all others to the API server's dry run, and each collector's config to `validate`. */
export async function judge(
  api: KubeApi,
  accepted: readonly Accepted[],
  collector: { program: string; folder: string; atMost: number },
): Promise<Verdict> {
  const objects = distinct(accepted);
  const namespaces = new Set(objects.flatMap(({ object }) => object.metadata.namespace ?? []));
  for (const name of namespaces) await api.ensure("/api/v1/namespaces", { metadata: { name } });
  const configs = objects.flatMap(({ object, what }) =>
    object.kind === "ConfigMap" &&
    /^(gateway|node-collector|indexer|sink-.*|.*-collector)-config$/.test(object.metadata.name)
      ? [{ text: object.data?.["config.yaml"] ?? "", what }]
      : [],
  );
  const step = Math.max(1, Math.ceil(configs.length / collector.atMost));
  const sampled = configs.filter((_, index) => index % step === 0);
  const refused = [
    ...(await inTurns(objects, AT_ONCE, ({ object, what }) => dryRun(api, object, what))),
    ...(await inTurns(sampled, 2, ({ text, what }, index) =>
      validate(collector.program, path.join(collector.folder, `${index}.yaml`), text, what),
    )),
  ];
  return { objects: objects.length, collectorConfigs: sampled.length, refused };
}

interface FromValue {
  object: Manifest;
  what: string;
}

/** Custom objects are for the tests that have their definitions. */
function distinct(accepted: readonly Accepted[]): FromValue[] {
  const found = new Map<string, FromValue>();
  for (const { plan, what } of accepted)
    for (const object of objectsOf(plan)) {
      const key = JSON.stringify(object);
      if (isManifest(object) && !found.has(key)) found.set(key, { object, what });
    }
  return [...found.values()];
}

function isManifest(object: { apiVersion: string }): object is Manifest {
  return !object.apiVersion.includes(".") || object.apiVersion.includes(".k8s.io/");
}

async function dryRun(api: KubeApi, object: Manifest, what: string): Promise<string | undefined> {
  try {
    await api.create(`${listPath(object)}?dryRun=All&fieldValidation=Strict`, object);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === "AlreadyExists") return undefined;
    return `${what}: ${object.kind} ${object.metadata.name}: ${error.message.slice(0, 300)}`;
  }
}

async function validate(
  program: string,
  file: string,
  text: string,
  what: string,
): Promise<string | undefined> {
  fs.writeFileSync(file, text);
  const pod = { POD_IP: "127.0.0.1", KUBE_NODE_NAME: "node-1", KAFKA_PASSWORD: "from a Secret" };
  const env = { PATH: process.env["PATH"], ...pod };
  try {
    await promisify(execFile)(program, ["validate", `--config=${file}`], { env });
    return undefined;
  } catch (error) {
    return `${what}: ${String((error as { stderr?: string }).stderr).slice(-400)}`;
  }
}

async function inTurns<Item>(
  items: readonly Item[],
  atOnce: number,
  run: (item: Item, index: number) => Promise<string | undefined>,
): Promise<string[]> {
  const found: string[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const problem = await run(next[1], next[0]);
      if (problem) found.push(problem);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return found;
}
