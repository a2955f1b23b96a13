import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiKey } from "../../../components/core/contract/contribution";
import {
  ELASTICSEARCH_CA,
  ELASTICSEARCH_PORT,
  ELASTICSEARCH_SERVICE,
} from "../../../components/elastic/elastic-names";
import { apiKey, basic } from "../../../components/node-program/http-client";
import { KubeApi } from "../cluster/api";
import { targetOfKubeconfig } from "../cluster/kubeconfig";
import { freePorts } from "../cluster/ports";
import { waitUntil } from "../cluster/wait";
import { ElasticsearchClient } from "../elasticsearch/client";
import { putTemplates } from "../elasticsearch/templates";
import { kubectlAccess } from "../kubectl";
import { ensureTools } from "../toolchain/ensure";

/** What the store of a stack asks of whoever makes its keys. */
export interface WantedKeys {
  namespace: string;
  keys: readonly ApiKey[];
}

const INTERVAL_MS = 1_000;
const SUPERUSER = "elastic";

/**
 * Makes the API keys of a managed Elasticsearch while `run` goes on, as soon as it is ready: as a user does whose stack makes nothing
 * inside of Elasticsearch (`objects.enabled: false`). The gateway of the same update waits for its key.
 */
export async function withStoreKeys<T>(
  kubeconfigPath: string,
  wanted: WantedKeys,
  say: (line: string) => void,
  run: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const making = makeKeys(kubeconfigPath, wanted, say, stop.signal);
  try {
    return await run();
  } finally {
    stop.abort();
    await making;
  }
}

async function makeKeys(
  kubeconfigPath: string,
  wanted: WantedKeys,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfigPath));
  try {
    while (!signal.aborted) {
      try {
        if (await isReady(api, wanted.namespace)) {
          await withClient(api, kubeconfigPath, wanted.namespace, async (client) => {
            // Before the first document: an index without its template stays one.
            await putTemplates(client);
            await ensureKeys(api, client, wanted, say);
          });
          return;
        }
      } catch (error) {
        // Not there yet, or about to restart: whoever waits for the gateway says so if it stays.
        if (process.env["SECURITY_STACK_DEBUG"]) say(`store keys: ${error}`);
      }
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    api.close();
  }
}

async function isReady(api: KubeApi, namespace: string): Promise<boolean> {
  const path = `/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${namespace}/elasticsearches`;
  const { items } = await api.get<{ items: { status?: { phase?: string } }[] }>(path);
  return items.some(({ status }) => status?.phase === "Ready");
}

async function ensureKeys(
  api: KubeApi,
  client: ElasticsearchClient,
  { namespace, keys }: WantedKeys,
  say: (line: string) => void,
): Promise<void> {
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  for (const { name, secret, roles } of keys) {
    const before = await secretValue(api, namespace, secret.name, secret.key);
    if (before && (await serves(client, before))) continue;
    const data = {
      metadata: { name: secret.name },
      stringData: { [secret.key]: await client.createApiKey(name, roles as never) },
    };
    await api.ensure(secrets, data);
    await api.patch(`${secrets}/${secret.name}`, data);
    say(`  made the API key of the ${name}, which is in the Secret ${secret.name}`);
  }
}

async function serves(client: ElasticsearchClient, key: string): Promise<boolean> {
  return (await client.as(apiKey(key)).request("GET", "/_security/_authenticate")).status === 200;
}

/** Runs `use` with the managed Elasticsearch's superuser, over a port-forward. */
export async function withClient<T>(
  api: KubeApi,
  kubeconfigPath: string,
  namespace: string,
  use: (client: ElasticsearchClient) => Promise<T>,
): Promise<T> {
  const user = ELASTICSEARCH_SERVICE.replace(/http$/, "elastic-user");
  const password = await secretValue(api, namespace, user, SUPERUSER);
  const ca = await secretValue(api, namespace, ELASTICSEARCH_CA.name, ELASTICSEARCH_CA.key);
  if (!password || !ca)
    throw new Error(`ECK's Secrets ${user} and ${ELASTICSEARCH_CA.name} are not there yet`);
  const [port] = (await freePorts(1)) as [number];
  const forward = await startForward(kubeconfigPath, namespace, port);
  try {
    const client = new ElasticsearchClient(
      `https://localhost:${port}`,
      ca,
      basic(SUPERUSER, password),
      `${ELASTICSEARCH_SERVICE}.${namespace}.svc`,
    );
    await waitUntil("Elasticsearch through a port-forward", async () => {
      if (forward.exitCode !== null) throw new Error("kubectl port-forward ended");
      return (await client.request("GET", "/_cluster/health")).status === 200;
    });
    return await use(client);
  } finally {
    forward.kill("SIGTERM");
  }
}

async function startForward(kubeconfigPath: string, namespace: string, port: number): Promise<ChildProcess> {
  const { kubectl } = await ensureTools(["kubectl"]);
  const target = [`service/${ELASTICSEARCH_SERVICE}`, `${port}:${ELASTICSEARCH_PORT}`];
  const args = [...kubectlAccess(kubeconfigPath), `--namespace=${namespace}`, "port-forward", ...target];
  return spawn(kubectl, args, { stdio: "ignore" });
}

async function secretValue(
  api: KubeApi,
  namespace: string,
  name: string,
  key: string,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const secret = await api.get<{ data?: Record<string, string> }>(path).catch(() => undefined);
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, "base64").toString();
}
