import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Namespaces } from "../../../components/core/contract/namespaces";
import { openPortForwards } from "../../../components/elastic/port-forward";
import { TLS_FILES } from "../../../components/kubernetes/kept-tls";
import { apiServerAt, getOnce, reasonOf } from "../../../components/node-program/api-server";
import { parsed, type Target } from "../../../components/node-program/http-client";
import {
  ALERTMANAGER,
  ALERTMANAGER_PORT,
  certificatesSecret,
  selectorOf,
} from "../../../components/notifications/names";
import { Fault } from "../../dev/cluster/fault";
import { freePorts } from "../../dev/cluster/ports";

/** Alertmanager as it is reached from here, until `close`. */
export interface Access {
  target: Target;
  close(): void;
}

/** At an address that is open already, with the certificates of a folder. */
export function directAccess(url: string, folder: string): Access {
  const file = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    target: {
      url,
      ca: file(TLS_FILES.ca),
      cert: file(TLS_FILES.clientCertificate),
      key: file(TLS_FILES.clientKey),
    },
    close: () => {},
  };
}

export interface ClusterAccess {
  namespaces: Namespaces;
  context: string | undefined;
  generation: number;
}

/**
 * Through the Kubernetes API, with the rights of the kubeconfig's user: to read the Secret with the client's certificate and
 * to forward a port of the pod.
 */
export async function clusterAccess({ namespaces, context, generation }: ClusterAccess): Promise<Access> {
  const namespace = namespaces.restricted;
  const secret = await readSecret(namespace, certificatesSecret(generation), context);
  const [localPort] = await freePorts(1);
  const forward = {
    localPort: localPort!,
    configKey: "--url",
    namespace,
    podLabels: selectorOf(ALERTMANAGER),
    podPort: ALERTMANAGER_PORT,
    what: "Alertmanager",
  };
  const forwards = await openPortForwards([forward], { ...(context ? { context } : {}), podSeconds: 10 });
  return {
    target: {
      url: `https://localhost:${localPort}`,
      ca: secret[TLS_FILES.ca] ?? "",
      cert: secret[TLS_FILES.clientCertificate] ?? "",
      key: secret[TLS_FILES.clientKey] ?? "",
    },
    close: () => forwards.close(),
  };
}

async function readSecret(
  namespace: string,
  name: string,
  context: string | undefined,
): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  try {
    const target = await apiServerAt(context);
    const { status, body } = await getOnce(target, path);
    if (status !== 200)
      throw new Fault(
        `The Secret ${name} of ${namespace} can't be read: the API server answered ${status}.`,
        {
          fix: "Deploy notifications first (`npm run up`), and use a kubeconfig whose user may get this Secret.",
        },
      );
    const { data = {} } = parsed(body) as { data?: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
    );
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(`The Secret ${name} of ${namespace} can't be read: ${reasonOf(error)}.`, {
      fix: "Check the kubeconfig, or give --url and --certificates.",
    });
  }
}
