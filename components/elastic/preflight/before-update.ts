import type { StoreLook } from "../../core/contract/store-look";
import type { Plan } from "../../core/plan/plan";
import {
  ELASTICSEARCH_CA,
  ELASTICSEARCH_PODS,
  ELASTICSEARCH_PORT,
  PROVISIONER_SECRET,
} from "../elastic-names";
import type { Contents, ElasticData } from "../plan-contents";
import { openPortForwards } from "../port-forward";
import { PROVISIONER } from "../roles";
import { secretInCluster } from "../secret-in-cluster";
import type { Server } from "./ask";
import { lookInStore, unasked } from "./stored";

/** What the looks need of the program. */
export interface LookOptions {
  /** Of the config: that of an Elasticsearch that exists. */
  password(): Promise<string | undefined>;
  /** Text of the kubeconfig where it is not the one in use. */
  kubeconfig?: string | undefined;
  warn(line: string): void;
}

/**
 * Asks the stack's Elasticsearch for what speaks against this update. Where it can't be asked, as before it is there, `warn`
 * is told what nobody has looked at, and nothing is refused.
 * @throws ConfigError with all that was found
 */
export async function checkStored(plan: Plan, options: LookOptions): Promise<void> {
  const looks = plan.features.flatMap(({ contribution }) => contribution.storeLooks ?? []);
  if (looks.length === 0) return;
  const data = plan.features.map(({ contribution }) => contribution.component).find(isElasticData);
  const contents = data?.inside;
  const tell = (lines: readonly string[]) => lines.forEach(options.warn);
  if (!contents)
    return tell(without(looks, "the program has no user in Elasticsearch (output.elasticsearch.objects)"));
  try {
    tell(await askAt(contents, looks, options));
  } catch (error) {
    // What keeps from asking keeps from nothing else: the cluster or its Secrets are not there yet.
    if (!(error instanceof NotThere)) throw error;
    tell(without(looks, error.message));
  }
}

class NotThere extends Error {}

function without(looks: readonly StoreLook[], because: string): string[] {
  return looks.map((look) => unasked(look, because));
}

function isElasticData(component: unknown): component is ElasticData {
  return typeof component === "object" && component !== null && "inside" in component;
}

async function askAt(
  contents: Contents,
  looks: readonly StoreLook[],
  options: LookOptions,
): Promise<string[]> {
  const { external, managed } = contents;
  if (external) {
    const password = await options.password();
    if (password === undefined) throw new NotThere("output.elasticsearch.objects.password is not known");
    const { endpoints, username, caCertificate } = external;
    return lookInStore({ endpoints, username, password, ca: caCertificate }, looks);
  }
  if (!managed) throw new NotThere("there is no Elasticsearch");
  const user = await provisioner(contents, options);
  if (managed.endpoints) return lookInStore({ ...user, endpoints: managed.endpoints }, looks);
  return throughForward(contents, user, looks, options);
}

/** The program's own user, by Secrets that are there once Elasticsearch is. */
async function provisioner(
  { namespace, generation, managed }: Contents,
  { kubeconfig }: LookOptions,
): Promise<Omit<Server, "endpoints">> {
  const read = (name: string) =>
    secretInCluster(managed?.context, namespace, name, kubeconfig).catch((error: Error) => {
      throw new NotThere(error.message);
    });
  const [user, ca] = await Promise.all([
    read(`${PROVISIONER_SECRET}-${generation}`),
    read(ELASTICSEARCH_CA.name),
  ]);
  const password = user?.["password"];
  if (password === undefined || !ca) throw new NotThere("Elasticsearch is not there yet");
  return { username: PROVISIONER, password, ca: ca[ELASTICSEARCH_CA.key] };
}

async function throughForward(
  { managed, namespace }: Contents,
  user: Omit<Server, "endpoints">,
  looks: readonly StoreLook[],
  { kubeconfig, warn }: LookOptions,
): Promise<string[]> {
  const localPort = managed!.localPorts.elasticsearch;
  const forward = {
    ...{ what: "Elasticsearch", namespace, localPort, podLabels: ELASTICSEARCH_PODS },
    ...{
      podPort: ELASTICSEARCH_PORT,
      configKey: "security-stack:output.elasticsearch.objects.localPorts.elasticsearch",
    },
  };
  const context = managed!.context;
  const { close } = await openPortForwards([forward], {
    ...(context ? { context } : {}),
    ...(kubeconfig === undefined ? {} : { kubeconfig: async () => kubeconfig }),
    log: warn,
    podSeconds: POD_SECONDS,
  }).catch((error: Error) => {
    throw new NotThere(error.message);
  });
  try {
    return await lookInStore({ ...user, endpoints: [`https://localhost:${localPort}`] }, looks);
  } finally {
    close();
  }
}

/** It is there or not: an update does not wait for it here. */
const POD_SECONDS = 5;
