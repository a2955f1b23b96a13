import type { PlanContext } from "../core/contract/context";
import type { ApiKey } from "../core/contract/contribution";
import type { SinkTarget } from "../core/contract/sink";
import { IMAGES } from "../core/tables/pins";
import { forwarderKey } from "../documents/api-keys";
import { keptPosition, positionConfigMap } from "../forwarding/kept-position";
import type { Condition } from "../kubernetes/conditions";
import type { Manifest } from "../kubernetes/manifest";
import { networkPolicy, toApiServer, toEndpoint } from "../kubernetes/network-policies";
import { serviceAccount } from "../kubernetes/pods";
import { nodeProgram } from "../node-program/bundle";
import {
  elasticsearchVariables,
  type NodeProgram,
  podLabels,
  programConfigMap,
  programTemplate,
} from "../node-program/pod";
import type { EnvironmentInput } from "../node-program/settings";
import { SINK, selectorOfSink } from "./pipeline-names";
import { metricsIngress } from "./pipeline-network-policies";
import type { PipelineConfig } from "./pipeline-schema";
import type { ENVIRONMENT } from "./store-sink/sink-settings";
import type { StoreSink } from "./store-sinks";

const FOLDER = "/opt/sink";
const DESTINATION = "destination.json";
/** What came a minute before is sent then. */
const INTERVAL_SECONDS = 15;

/** One sink that reads from Elasticsearch: its program, its position, and what it may reach. */
export function storeSinkManifests(
  config: PipelineConfig,
  context: PlanContext,
  sink: StoreSink,
): Manifest[] {
  const { store, namespaces } = context;
  const namespace = namespaces.restricted;
  const { name, id } = sink;
  const program = programOf(config, context, sink);
  return [
    serviceAccount({ name, namespace }),
    ...keptPosition({ name, namespace }),
    programConfigMap(program),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name,
        namespace,
        ...(waitsForUser(sink, context) && !store.secretsExist
          ? { annotations: { "pulumi.com/skipAwait": "true" } }
          : {}),
      },
      spec: {
        replicas: 1,
        // Of two at once one would do all for nothing.
        strategy: { type: "Recreate" },
        selector: { matchLabels: selectorOfSink(id) },
        template: programTemplate(program, { ...variables(config, context, sink, program) }),
      },
    },
    networkPolicy({ name, namespace }, podLabels(program), {
      ingress: metricsIngress(config),
      egress: [
        ...sink.egress,
        ...store.endpoints.map((endpoint) => toEndpoint(endpoint, store.podPort)),
        toApiServer(),
      ],
    }),
  ];
}

function programOf(
  config: PipelineConfig,
  { store, namespaces, workload }: PlanContext,
  { name, id, target, apiKeySecret, secrets }: StoreSink,
): NodeProgram {
  return {
    name,
    labels: selectorOfSink(id),
    namespace: namespaces.restricted,
    configMap: `${name}-program`,
    folder: FOLDER,
    files: {
      "sink.js": nodeProgram({ text: entryOf(target) }),
      [DESTINATION]: `${JSON.stringify(target.settings, null, 1)}\n`,
    },
    apiKeySecretRef: apiKeySecret,
    store,
    workload: workload(SINK, "Deployment", IMAGES.node, {}, id),
    secrets: secrets.map(({ key, ...secret }) => ({ ...secret, keys: [key] })),
    usesApiServer: true,
    isSmall: true,
    service: { healthPort: config.metrics.port, portName: "metrics" },
  };
}

/** The program with this target alone: no pod has the code of another. */
function entryOf({ source }: SinkTarget): string {
  return `import { open } from "./${source.replace(/\.ts$/, "")}";
import { sinkProgram } from "./components/pipeline/store-sink/sink-program";

sinkProgram(open);
`;
}

function variables(
  { metrics }: PipelineConfig,
  { store, namespaces, global }: PlanContext,
  { id, name }: StoreSink,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  return {
    ...elasticsearchVariables(program, store.endpoints),
    SINK_ID: id,
    CLUSTER_NAME: global.clusterName,
    NAMESPACE: namespaces.restricted,
    POSITION_CONFIG_MAP: positionConfigMap(name),
    INDICES: Object.values(store.indices).join(" "),
    DESTINATION_FILE: `${FOLDER}/${DESTINATION}`,
    INTERVAL_SECONDS: String(INTERVAL_SECONDS),
    METRICS_PORT: String(metrics.port),
  };
}

/** The key of each, which reads all documents and nothing else. */
export function storeSinkKey({ name, id, apiKeySecret }: StoreSink, { store }: PlanContext): ApiKey {
  return {
    name,
    secret: apiKeySecret,
    pods: selectorOfSink(id),
    roles: forwarderKey(store.indices),
  };
}

/** One for each, as those behind Kafka have it. */
export function storeSinkCondition(sink: StoreSink, context: PlanContext): Condition {
  const namespace = context.namespaces.restricted;
  const secrets = broughtSecrets(sink, context);
  const until =
    secrets.length === 0
      ? {}
      : {
          until: `${sink.name} starts once namespace ${namespace} has the Secret${secrets.length > 1 ? "s" : ""} ${secrets.join(" and ")}`,
        };
  return {
    type: `SinkReady-${sink.id}`,
    workloads: [{ kind: "Deployment", namespace, name: sink.name }],
    ...until,
  };
}

/** Secrets that the user makes for it. */
function broughtSecrets({ secrets, apiKeySecret }: StoreSink, { store }: PlanContext): string[] {
  const own = secrets.map(({ name }) => name);
  return [...new Set([...own, ...(store.makesKeys ? [] : [apiKeySecret.name])])];
}

/** Without its role too it does not get ready. */
function waitsForUser(sink: StoreSink, context: PlanContext): boolean {
  const brings = sink.rights !== undefined && context.global.cluster !== "eks";
  return brings || broughtSecrets(sink, context).length > 0;
}
