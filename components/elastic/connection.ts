import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ResourceScope } from "../core/contract/resources";
import { secretText } from "../kubernetes/kept-secret";
import {
  ELASTICSEARCH_CA,
  ELASTICSEARCH_PODS,
  ELASTICSEARCH_PORT,
  KIBANA_CA,
  KIBANA_PODS,
  KIBANA_PORT,
} from "./elastic-names";
import type { ExternalStore, ManagedStore } from "./plan-contents";
import { openPortForwards, type PortForward } from "./port-forward";
import { PROVISIONER } from "./roles";

/** How the program reaches Elasticsearch or Kibana: what the Elastic provider is told. */
export interface Connection {
  endpoints: pulumi.Input<string[]>;
  username: string;
  password: pulumi.Input<string>;
  /** Certificate of the CA, in PEM. */
  ca?: pulumi.Input<string> | undefined;
}

export interface Connections {
  elasticsearch: Connection;
  kibana?: Connection | undefined;
  /** Whether it answers by now, so that what is there can be looked at before anything is made. */
  isOpen: boolean;
  /** Milliseconds that it may take to know a user that is new to it. */
  patienceMs: number;
  /** When it was made, where the stack runs it: what is older in it is of an earlier one, whose volumes it has. */
  since?: pulumi.Output<Date | undefined> | undefined;
  /** With whose deletion all that is inside goes too, so that nothing has to be asked of it any more. */
  goesWith?: pulumi.Resource | undefined;
}

export interface ManagedResources {
  elasticsearch: pulumi.CustomResource & { metadata: pulumi.Output<{ creationTimestamp?: string }> };
  kibana?: pulumi.CustomResource | undefined;
  /** The Secret with the program's own user. */
  provisioner: k8s.core.v1.Secret;
}

/** To an Elasticsearch that exists, by what the config says. */
export function toExternal(external: ExternalStore, password: pulumi.Output<string>): Connections {
  const { endpoints, username, caCertificate, kibanaEndpoint } = external;
  const shared = { username, password, ca: caCertificate };
  return {
    elasticsearch: { endpoints, ...shared },
    isOpen: true,
    patienceMs: 0,
    ...(kibanaEndpoint ? { kibana: { endpoints: [kibanaEndpoint], ...shared } } : {}),
  };
}

/**
 * To a managed one: through port-forwards that are open while the program runs, unless the config gives an address. It is
 * trusted by ECK's certificate, which names `localhost` too.
 */
export function toManaged(
  managed: ManagedStore,
  namespace: string,
  { elasticsearch, kibana, provisioner }: ManagedResources,
  opts: pulumi.CustomResourceOptions,
  kubeconfig?: ResourceScope["kubeconfig"],
): Connections {
  const user = { username: PROVISIONER, password: pulumi.secret(secretText(provisioner, "password")) };
  const ca = (owner: pulumi.CustomResource, { name, key }: typeof KIBANA_CA) => {
    // The operator's own Secret: there once its owner is ready, and not read before that is made.
    const id = owner.id.apply(() => `${namespace}/${name}`);
    return secretText(k8s.core.v1.Secret.get(name, id, { ...opts, dependsOn: [owner] }), key);
  };
  const open = portForwards(managed, namespace, kibana !== undefined, kubeconfig);
  return {
    elasticsearch: {
      endpoints: managed.endpoints ?? open.then(() => [local(managed.localPorts.elasticsearch)]),
      ca: ca(elasticsearch, ELASTICSEARCH_CA),
      ...user,
    },
    ...(kibana
      ? {
          kibana: {
            endpoints: managed.kibanaEndpoint
              ? [managed.kibanaEndpoint]
              : open.then(() => [local(managed.localPorts.kibana)]),
            ca: ca(kibana, KIBANA_CA),
            ...user,
          },
        }
      : {}),
    isOpen: !pulumi.runtime.isDryRun() || managed.endpoints !== undefined,
    patienceMs: NEW_USER_MS,
    since: elasticsearch.metadata.apply(({ creationTimestamp }) =>
      creationTimestamp ? new Date(creationTimestamp) : undefined,
    ),
    goesWith: elasticsearch,
  };
}

/** The kubelet brings a changed Secret to a pod within two minutes or so; Elasticsearch reads its file every 5 s. */
const NEW_USER_MS = 180_000;

function local(port: number): string {
  return `https://localhost:${port}`;
}

/**
 * In a preview too: one that refreshes reads what is there (`preview --refresh`, and the first half of `up --refresh` and
 * `refresh`, each with `--run-program`). Any other asks nothing, and so goes on where a port is taken.
 */
async function portForwards(
  managed: ManagedStore,
  namespace: string,
  hasKibana: boolean,
  kubeconfig: ResourceScope["kubeconfig"],
): Promise<void> {
  const { localPorts, context } = managed;
  const forward = (what: "Elasticsearch" | "Kibana", podLabels: Record<string, string>, podPort: number) => {
    const key = what.toLowerCase() as keyof typeof localPorts;
    const configKey = `security-stack:output.elasticsearch.objects.localPorts.${key}`;
    return {
      what,
      namespace,
      podLabels,
      podPort,
      localPort: localPorts[key],
      configKey,
    } satisfies PortForward;
  };
  const wanted = [
    ...(managed.endpoints ? [] : [forward("Elasticsearch", ELASTICSEARCH_PODS, ELASTICSEARCH_PORT)]),
    ...(hasKibana && !managed.kibanaEndpoint ? [forward("Kibana", KIBANA_PODS, KIBANA_PORT)] : []),
  ];
  const log = onceEach((line) => void pulumi.log.warn(line));
  try {
    await openPortForwards(wanted, { ...(context ? { context } : {}), kubeconfig, log });
  } catch (error) {
    if (!pulumi.runtime.isDryRun()) throw error;
    log(`${error instanceof Error ? error.message : error} The preview does without, unless it refreshes.`);
  }
}

/** Passes a line on when it comes for the first time: each try of a connection says the same. */
function onceEach(log: (line: string) => void): (line: string) => void {
  const logged = new Set<string>();
  return (line) => {
    if (logged.has(line)) return;
    logged.add(line);
    log(line);
  };
}

/** Below the project's folder, where providers are started: the provider takes Kibana's CA as a file only. */
const CA_FILE = path.join(".security-stack", "kibana-ca.crt");

/** Writes a certificate where the provider reads it, and gives the name, which is the same on every machine. */
export function caFile(ca: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(ca).apply((pem) => {
    fs.mkdirSync(path.dirname(CA_FILE), { recursive: true });
    fs.writeFileSync(CA_FILE, pem);
    return CA_FILE;
  });
}
