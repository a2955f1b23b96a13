import type { KubeApi } from "../../dev/cluster/api";
import type { Container, Pod } from "./live";
import { plainText } from "./plain-text";

const LINES = 8;
const BYTES = 8192;
/** Shorter values are words of any text. */
const SHORTEST_SECRET = 6;
/** What the kubelet answers, as if it were the log, while the runtime removes the container (kubelet, GetKubeletContainerLogs). */
const GONE = "unable to retrieve container logs for ";

/**
 * The last lines that a container wrote before it ended, or where it never did, those it wrote so far. The values of the pod's
 * Secrets are hidden in them. Empty where nothing is to be had.
 */
export async function lastWords(api: KubeApi, pod: Pod, container: string): Promise<string[]> {
  const text = (await logOf(api, pod, container, true)) || (await logOf(api, pod, container, false));
  if (text === "") return [];
  const secrets = await secretsOf(api, pod);
  return text
    .trimEnd()
    .split(/\r?\n/)
    .slice(-LINES)
    .map((line) => plainText(line, secrets))
    .filter((line) => line !== "");
}

async function logOf(api: KubeApi, pod: Pod, container: string, previous: boolean): Promise<string> {
  const { namespace, name } = pod.metadata;
  const query = `container=${encodeURIComponent(container)}&previous=${previous}&tailLines=${LINES}&limitBytes=${BYTES}`;
  const log = await api
    .get<unknown>(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`)
    .catch(() => "");
  // A log of one line of JSON is given as its value.
  if (typeof log !== "string") return JSON.stringify(log);
  return log.startsWith(GONE) ? "" : log;
}

/** What the pod's containers are given of Secrets; those that may not be read are not known. */
async function secretsOf(api: KubeApi, pod: Pod): Promise<string[]> {
  const names = [...new Set(secretNames(pod))];
  const found = await Promise.all(
    names.map(
      (name): Promise<{ data?: Record<string, string> }> =>
        api
          .get<{ data?: Record<string, string> }>(
            `/api/v1/namespaces/${pod.metadata.namespace}/secrets/${name}`,
          )
          .catch(() => ({ data: {} })),
    ),
  );
  const values = found.flatMap(({ data = {} }) => Object.values(data)).flatMap(spellings);
  // The longest first: one may hold another.
  return [...new Set(values)].sort((a, b) => b.length - a.length);
}

/** A value of a Secret as a program may write it: in clear, encoded, a line of it. */
function spellings(encoded: string): string[] {
  const text = Buffer.from(encoded, "base64").toString();
  return [encoded, text.trim(), ...text.split(/\r?\n/).map((line) => line.trim())].filter(
    (value) => value.length >= SHORTEST_SECRET && !value.startsWith("-----"),
  );
}

function secretNames({ spec }: Pod): string[] {
  const sources = (spec.volumes ?? []).flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
  const mounted = sources.flatMap(({ secret }) => secret?.secretName ?? secret?.name ?? []);
  const containers: Container[] = [...spec.containers, ...(spec.initContainers ?? [])];
  const inEnvironment = containers.flatMap(({ env = [], envFrom = [] }) => [
    ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
    ...envFrom.flatMap(({ secretRef }) => secretRef?.name ?? []),
  ]);
  return [...mounted, ...inEnvironment];
}
