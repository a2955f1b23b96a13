import type { Managed, Objects } from "../core/config/elasticsearch-schema";
import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import type { Namespaces } from "../core/contract/namespaces";
import { CHARTS, IMAGES } from "../core/tables/pins";
import type { Condition, OperatedRef } from "../kubernetes/conditions";
import type { Manifest } from "../kubernetes/manifest";
import { disruptionBudget, serviceAccount } from "../kubernetes/pods";
import { parseQuantity } from "../kubernetes/quantity";
import { type ClusterSettings, elasticsearchObject, isZoneAware, kibanaObject, PRESETS } from "./eck-objects";
import { KINDS_OF_PEOPLE } from "./elastic-kinds";
import {
  CLUSTER,
  ELASTICSEARCH_ACCOUNT,
  ELASTICSEARCH_CA,
  ELASTICSEARCH_PODS,
  ELASTICSEARCH_PORT,
  elasticsearchUrl,
  KIBANA_PODS,
  KIBANA_PORT,
  KIBANA_SERVICE,
  kibanaUrl,
  OPERATOR,
} from "./elastic-names";
import { networkPolicies } from "./elastic-network-policies";
import { makeElasticResources } from "./elastic-resources";
import { nodeReader, operatorValues } from "./operator";
import { type ElasticData, planContents } from "./plan-contents";

const NAME = "elastic";

/** Elasticsearch as the stack has it: run by it, filled by it, or both. */
export interface ElasticConfig {
  managed: Managed | undefined;
  /** Nothing where the program makes nothing inside Elasticsearch. */
  objects: Objects | undefined;
}

/**
 * The store: Elasticsearch and Kibana made by the ECK operator, and what is inside them. Its config is
 * `output.elasticsearch`; with an Elasticsearch that exists and nothing to make in it, the feature is off.
 */
export const elastic = defineFeature({
  name: NAME,
  title: "Elasticsearch",
  frameworks: [
    "NIST CSF 2.0 PR.PS-04",
    "NIST CSF 2.0 PR.DS-11",
    "ISO/IEC 27001:2022 8.15",
    "ISO/IEC 27001:2022 5.28",
    "GDPR 32(1)(c)",
    "SOC 2 CC7.2",
  ],
  tests: [
    "test/pipeline/elastic-managed.test.ts",
    "test/pipeline/elastic-objects.test.ts",
    "test/cluster/elastic.test.ts",
  ],
  priority: 5,
  configuredBy: ({ output }) => elasticConfig(output.elasticsearch),
  workloads: ["elasticOperator", "elasticsearch", "kibana"],
  doctor: { crd: { name: "elasticsearches.elasticsearch.k8s.elastic.co", installation: "ECK" } },
  kindsOfPeople: { ofCharts: KINDS_OF_PEOPLE, keptBy: "output.elasticsearch.managed.keepCrds" },
  store,
  keeps: ({ managed }, namespaces) => (managed?.keepData ? [namespaces.restricted] : []),
  plan,
  resources: { plan: planData, make: makeElasticResources },
});

function elasticConfig(output: {
  managed?: Managed | undefined;
  objects: Objects;
}): ElasticConfig | undefined {
  const { managed, objects } = output;
  const wanted = objects.enabled ?? managed !== undefined;
  if (!managed && !wanted) return undefined;
  return { managed, objects: wanted ? objects : undefined };
}

function store({ managed, objects }: ElasticConfig, namespaces: Namespaces) {
  return {
    makesKeys: objects !== undefined,
    ...(managed
      ? {
          endpoints: [elasticsearchUrl(namespaces)],
          caSecretRef: ELASTICSEARCH_CA,
          podPort: ELASTICSEARCH_PORT,
          makesCa: true,
        }
      : {}),
  };
}

function planData({ managed, objects }: ElasticConfig, context: PlanContext): ElasticData {
  return {
    ...(objects ? { inside: planContents(objects, managed, context) } : {}),
    ...(managed?.kibana ? { kibanaKeys: kibanaKeys(managed, context) } : {}),
  };
}

function plan({ managed, objects }: ElasticConfig, context: PlanContext): Contribution {
  if (!managed) return { manifests: [], conditions: [], warnings: ofAlerts(objects, context) };
  const namespace = context.namespaces.restricted;
  const zoneAwareness = isZoneAware(managed);
  const { nodes, kibanas, resources } = PRESETS[managed.preset];
  const operator = context.workload("elasticOperator", "StatefulSet", IMAGES.elasticOperator);
  const settings = {
    managed,
    namespace,
    elasticsearch: context.workload("elasticsearch", "StatefulSet", IMAGES.elasticsearch, {
      replicas: nodes,
      resources,
    }),
    kibana: managed.kibana
      ? context.workload("kibana", "Deployment", IMAGES.kibana, { replicas: kibanas })
      : undefined,
    // As the program reaches it, through a port-forward.
    alsoNamed: objects ? ["localhost"] : [],
    generation: objects?.generation,
  };
  const keys = context.contributions.flatMap(({ contribution }) => contribution.apiKeys ?? []);
  return {
    manifests: [
      elasticsearchAccount(namespace, managed),
      ...networkPolicies(namespace, { managed, snapshots: objects?.snapshots?.type, keys }),
      ...(zoneAwareness ? nodeReader(namespace) : []),
      // ECK has one for Elasticsearch, and none for Kibana.
      ...(settings.kibana && settings.kibana.replicas > 1
        ? [disruptionBudget({ name: "kibana", namespace }, KIBANA_PODS)]
        : []),
    ],
    charts: [
      {
        name: OPERATOR,
        namespace,
        source: context.chart(CHARTS.elasticOperator),
        keepCrds: managed.keepCrds,
        values: operatorValues({ namespace, workload: operator, zoneAwareness }),
      },
    ],
    accounts: [{ namespace, labels: ELASTICSEARCH_PODS, serviceAccount: ELASTICSEARCH_ACCOUNT }],
    customObjects: [
      elasticsearchObject(settings),
      ...(settings.kibana ? [kibanaObject(settings, settings.kibana)] : []),
    ],
    conditions: conditions(settings),
    warnings: [...warnings(managed, objects), ...ofAlerts(objects, context), ...tooSmall(settings)],
    nextSteps: [...nextSteps(managed, namespace), ...(managed.keepData ? [keptData(namespace)] : [])],
    endpoints: {
      elasticsearch: elasticsearchUrl(context.namespaces),
      ...(settings.kibana ? { kibana: kibanaUrl(context.namespaces) } : {}),
    },
  };
}

function kibanaKeys({ keepData }: Managed, { namespaces, global }: PlanContext) {
  return { namespace: namespaces.restricted, context: global.context, isKept: keepData };
}

/** Of its own, since a role that a cloud gives to the namespace's default account is every pod's there. */
function elasticsearchAccount(namespace: string, { serviceAccountAnnotations }: Managed): Manifest {
  return serviceAccount({
    name: ELASTICSEARCH_ACCOUNT,
    namespace,
    annotations: serviceAccountAnnotations,
  });
}

function conditions({ namespace, elasticsearch, kibana }: ClusterSettings): Condition[] {
  const operated = (kind: string, desired: number): OperatedRef => ({
    kind,
    namespace,
    name: CLUSTER,
    readyField: "availableNodes",
    desired,
  });
  return [
    {
      type: "ElasticsearchReady",
      workloads: [
        { kind: "StatefulSet", namespace, name: OPERATOR },
        operated("Elasticsearch", elasticsearch.replicas),
      ],
    },
    ...(kibana ? [{ type: "KibanaReady", workloads: [operated("Kibana", kibana.replicas)] }] : []),
  ];
}

function warnings(managed: Managed, objects: Objects | undefined): string[] {
  const found: string[] = [];
  if (!managed.keepData)
    found.push("elasticsearch: keepData is off, all documents go when it is switched off or destroyed");
  if (managed.preset === "production" && !objects?.snapshots)
    found.push("elasticsearch: no snapshots; objects.snapshots names a repository for them");
  if (isZoneAware(managed))
    found.push(
      "elasticsearch: its nodes are spread over zones, and stay pending on a cluster whose nodes have no label topology.kubernetes.io/zone; managed.zoneAwareness: false is for such a one",
    );
  if (managed.memoryMapping)
    found.push("elasticsearch: memoryMapping needs vm.max_map_count of at least 1048576 on every node");
  return found;
}

/** A silence can be told of a tool that writes only. */
function ofAlerts(objects: Objects | undefined, context: PlanContext): string[] {
  const kibana =
    "elasticsearch: Kibana notifies people (objects.alerts.notifiedBy), and most of its connectors need a paid license; index and server log do not";
  return [...(objects?.alerts.notifiedBy === "kibana" ? [kibana] : []), ...silences(objects, context)];
}

function silences(objects: Objects | undefined, { contributions }: PlanContext): string[] {
  const tools = contributions.flatMap(({ contribution }) => contribution.collector?.tool ?? []);
  return Object.keys(objects?.alerts.silentAfterMinutes ?? {})
    .filter((tool) => !tools.includes(tool))
    .map(
      (tool) =>
        `objects.alerts.silentAfterMinutes is for ${tool}, and no enabled feature writes events of that name (${tools.join(", ")} do): the alert never fires.`,
    );
}

/** Half of it is the heap; with less than 1 GiB of that, requests of a few MB are refused (its docs, "Circuit breaker settings"). */
const SMALLEST_MEMORY = "2Gi";

function tooSmall({ elasticsearch }: ClusterSettings): string[] {
  const { memory } = elasticsearch.resources.limits;
  if ((parseQuantity(memory) ?? 0) >= (parseQuantity(SMALLEST_MEMORY) ?? 0)) return [];
  return [
    `elasticsearch: a memory limit of ${memory} leaves half of it for the heap, on which it refuses requests under load; give it ${SMALLEST_MEMORY} or more (override.elasticsearch.resources.limits.memory)`,
  ];
}

function keptData(namespace: string): string {
  return `Elasticsearch's volumes outlive it, and namespace ${namespace} with them, also a \`destroy\` (output.elasticsearch.managed.keepData). To delete the data then: \`kubectl delete namespace ${namespace}\`.`;
}

function nextSteps({ elasticUser, kibana }: Managed, namespace: string): string[] {
  if (!kibana) return [];
  const login = elasticUser
    ? `as elastic, with the password of \`kubectl -n ${namespace} get secret ${CLUSTER}-es-elastic-user -o go-template='{{.data.elastic | base64decode}}'\``
    : "as a user of a realm that you add";
  return [
    `Kibana: \`kubectl -n ${namespace} port-forward service/${KIBANA_SERVICE} ${KIBANA_PORT}\`, then https://localhost:${KIBANA_PORT} ${login}.`,
  ];
}
