import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { shownError } from "../core/config/shown-error";
import type { ApiKey } from "../core/contract/contribution";
import { standardLabels } from "../kubernetes/labels";
import { type Connection, type Connections, caFile } from "./connection";
import { KibanaProvider } from "./kibana-provider/kibana-dashboard";
import { makeObject, type Sdk } from "./objects/make";
import { type ElasticObject, idOf, isKibana } from "./objects/object";
import { removeOldRules, removeOldTransforms } from "./preflight/leftovers";
import { preflight } from "./preflight/preflight";

export interface ContentsArgs {
  connections: Connections;
  objects: readonly ElasticObject[];
  keys: readonly ApiKey[];
  /** Of the credentials: a higher number makes new keys and removes the old ones. */
  generation: number;
  /** Whether to look first if all of it can be made. */
  preflight: boolean;
  /** Namespace of the keys' Secrets. */
  namespace: string;
  /** Value of `app.kubernetes.io/component`. */
  component: string;
}

/** What is inside Elasticsearch and Kibana: templates, policies, roles, dashboards, and the keys of those who come. */
export class ElasticsearchContents extends pulumi.ComponentResource {
  private readonly sdk: Sdk = require("@pulumi/elasticstack");

  constructor(name: string, args: ContentsArgs, opts: pulumi.ComponentResourceOptions) {
    super("security-stack:elastic:Inside", name, {}, opts);
    refuseEnvironment();
    const { objects } = args;
    const connections = args.preflight ? checked(args.connections, objects) : args.connections;
    const elasticsearch = this.makeProvider("elasticsearch", connections.elasticsearch);
    const kibana = connections.kibana && this.makeProvider("kibana", connections.kibana);
    const dashboards = connections.kibana && this.makeDashboardProvider(connections.kibana);
    const providerOf = (object: ElasticObject) => {
      if (object.type === "KibanaDashboard") return dashboards;
      return isKibana(object) ? kibana : elasticsearch;
    };
    const made = this.makeObjects(objects, providerOf, connections.goesWith);
    // A client that has a key writes; what it writes to before its template is there stays as Elasticsearch guessed it.
    const templates = [...made].filter(([id]) => /Template\//.test(id)).map(([, template]) => template);
    for (const key of args.keys) this.makeKey(key, args, elasticsearch, templates);
    this.registerOutputs({});
  }

  private makeProvider(name: "elasticsearch" | "kibana", connection: Connection): pulumi.ProviderResource {
    const { endpoints, username, password, ca } = connection;
    const user = { endpoints, username, password };
    const args =
      name === "elasticsearch"
        ? { elasticsearches: [{ ...user, ...(ca ? { caData: ca } : {}) }] }
        : { kibanas: [{ ...user, ...(ca ? { caCerts: [caFile(ca)] } : {}) }] };
    // Engines before 3.230 or so note the bridge's version as the provider's at each other update (seen with 3.220).
    return new this.sdk.Provider(name, args, { parent: this, ignoreChanges: ["version"] });
  }

  private makeDashboardProvider({ endpoints, username, password, ca }: Connection): KibanaProvider {
    const endpoint = pulumi.output(endpoints).apply(([first]) => first ?? "");
    return new KibanaProvider("dashboards", { endpoint, username, password, ca }, { parent: this });
  }

  /** In the order of the list; each after those that it names. Gives them by their id. */
  private makeObjects(
    objects: readonly ElasticObject[],
    providerOf: (object: ElasticObject) => pulumi.ProviderResource | undefined,
    goesWith: pulumi.Resource | undefined,
  ): Map<string, pulumi.Resource> {
    const made = new Map<string, pulumi.Resource>();
    for (const object of objects) {
      const provider = providerOf(object);
      if (!provider) continue;
      const dependsOn = (object.after ?? []).map((id) => {
        const before = made.get(id);
        if (!before) throw new Error(`${idOf(object)} comes after ${id}, which is not before it`);
        return before;
      });
      const opts = { parent: this, provider, dependsOn, ...(goesWith ? { deletedWith: goesWith } : {}) };
      made.set(idOf(object), makeObject(this.sdk, idOf(object), object, opts));
    }
    return made;
  }

  /** A key, and the Secret in which its holder finds it. */
  private makeKey(
    { name, secret, roles }: ApiKey,
    { generation, namespace, component, connections }: ContentsArgs,
    provider: pulumi.ProviderResource,
    dependsOn: pulumi.Resource[],
  ): void {
    const { goesWith } = connections;
    const key = new this.sdk.ElasticsearchSecurityApiKey(
      // By its generation: so the new one is there before the old one goes.
      `api-key/${name}/${generation}`,
      { name: `security-stack-${name}-${generation}`, roleDescriptors: JSON.stringify(roles) },
      { parent: this, provider, dependsOn, ...(goesWith ? { deletedWith: goesWith } : {}) },
    );
    new k8s.core.v1.Secret(
      `secret/${namespace}/${secret.name}`,
      {
        metadata: { name: secret.name, namespace, labels: standardLabels(secret.name, component) },
        stringData: { [secret.key]: pulumi.secret(key.encoded) },
      },
      { parent: this },
    );
  }
}

/** The connections, once it is clear that the objects can be made: nothing is, in Kibana neither, before that. */
function checked(connections: Connections, objects: readonly ElasticObject[]): Connections {
  const { elasticsearch, kibana, isOpen, patienceMs, since } = connections;
  if (!isOpen) return connections;
  const isPreview = pulumi.runtime.isDryRun();
  const options = {
    objects,
    patienceMs: isPreview ? 0 : patienceMs,
    mayBeAway: isPreview,
    warn: (line: string) => void pulumi.log.warn(line),
  };
  const serverOf = ({ endpoints, username, password, ca }: Connection) =>
    pulumi
      .all([endpoints, password, ca])
      .apply(([endpoints, password, ca]) => ({ endpoints, username, password, ca }));
  const looked = serverOf(elasticsearch).apply((server) => preflight(server, options));
  const cleared = (connection: Connection, remove: typeof removeOldTransforms): Connection => ({
    ...connection,
    // Of all that went in only the password is a secret.
    endpoints: pulumi.unsecret(
      pulumi
        .all([serverOf(connection), looked, isPreview ? undefined : since])
        .apply(async ([server, , since]) => {
          if (since) for (const name of await remove(server, objects, since)) options.warn(removed(name));
          return server.endpoints;
        }),
    ),
  });
  return {
    ...connections,
    elasticsearch: cleared(elasticsearch, removeOldTransforms),
    ...(kibana ? { kibana: cleared(kibana, removeOldRules) } : {}),
  };
}

function removed(name: string): string {
  return `${name} is left over from an Elasticsearch that this stack had before, with its volumes: it is created again.`;
}

/** The Elastic provider takes these before what it is told (elasticstack docs, "Authentication"). */
function refuseEnvironment(): void {
  const found = Object.keys(process.env).filter((name) => /^(ELASTICSEARCH|KIBANA)_/.test(name));
  if (found.length === 0) return;
  throw shownError(
    `The environment has ${found.join(", ")}, which the Elastic provider takes before the stack's config: it would make our objects elsewhere. Unset ${found.length > 1 ? "them" : "it"} and run the command again.`,
  );
}
