import * as fs from "node:fs";
import { createInterface } from "node:readline/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { apiKey } from "../../../components/node-program/http-client";
import { ElasticsearchStore } from "../../../scenarios/check/store";
import { guard } from "../../../scenarios/cluster/guards";
import { RunRefused } from "../../../scenarios/cluster/runner-errors";
import { API_KEY, type Options } from "./cli-options";

/** The kubeconfig of the context that was named, once the guards let it through. */
export async function chooseContext(options: Options): Promise<KubeConfig> {
  const config = new KubeConfig();
  if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
  else config.loadFromDefault();
  const names = config.getContexts().map(({ name }) => name);
  const { context } = options;
  if (context === undefined || !names.includes(context))
    throw new RunRefused(
      context ? `The kubeconfig has no context "${context}".` : "No context was named.",
      `Give --context, one of: ${names.join(", ") || "(none)"}; or --replay, which needs no cluster.`,
    );
  config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  const target = { context, cluster: cluster?.name ?? "", server: cluster?.server ?? "" };
  const { refused, question } = guard(target, options.protect);
  if (refused) throw new RunRefused(`${refused}.`, "Choose another context.");
  if (question && options.yes !== context && (await ask(question)) !== context)
    throw new RunRefused("Not confirmed.", `--yes ${context} answers beforehand.`);
  return config;
}

/** Where to look for documents; the key comes from a file or the environment, never from the command line. */
export function openStore(options: Options): ElasticsearchStore {
  if (!options.es) throw new RunRefused("No Elasticsearch was named.", "Give --es https://...");
  const key = options.apiKeyFile ? fs.readFileSync(options.apiKeyFile, "utf8") : process.env[API_KEY];
  if (!key?.trim()) throw new RunRefused("There is no API key.", `Give --api-key-file or set ${API_KEY}.`);
  const ca = options.ca ? fs.readFileSync(options.ca, "utf8") : undefined;
  return new ElasticsearchStore({ url: options.es, ca, headers: { authorization: apiKey(key.trim()) } });
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question}: `)).trim();
  } finally {
    terminal.close();
  }
}
