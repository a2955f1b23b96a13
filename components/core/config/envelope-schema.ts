import { z } from "zod";
import { ALERTS_INDEX } from "../../documents/store";
import type { Sink } from "../contract/sink";
import { eksSchema } from "./eks-schema";
import { managedSchema, objectsSchema } from "./elasticsearch-schema";
import { exceptionsSchema } from "./exceptions-schema";
import { kafkaSchema } from "./kafka-schema";
import { cidr } from "./networks";
import { ENVIRONMENTS } from "./policy-level";
import {
  bytesQuantity,
  cpuQuantity,
  dnsLabel,
  dnsSubdomain,
  httpsUrl,
  imageReference,
  labelKey,
  labelValue,
  ownNamespace,
  registry,
  secretRef,
  tcpPort,
  text,
  unique,
} from "./value-schemas";

// Elasticsearch takes names of 255 bytes; those of a data stream's own indices and of what belongs to one are longer.
const INDEX_NAME = /^[a-z0-9][a-z0-9._-]{0,199}$/;

const adoptedSchema = z.strictObject({
  kind: z
    .string()
    .regex(/^[A-Z][A-Za-z]+$/, 'a kind, like "Namespace"')
    .describe("Its kind."),
  name: text.min(1).max(253).describe("Its name."),
  namespace: dnsLabel.optional().describe("Its namespace; none for what is in none."),
  onDelete: z
    .enum(["delete", "keep"])
    .describe(
      "Who deletes it later: `delete`, the stack, with all else; `keep`, you: it stays when the stack lets go of it.",
    ),
});

/** An object of somebody else that the stack takes over. */
export type Adopted = z.output<typeof adoptedSchema>;

const dnsSchema = z
  .strictObject({
    namespaces: z
      .array(dnsLabel)
      .default(["kube-system"])
      .describe("Namespaces whose pods answer DNS: CoreDNS; `openshift-dns` on OpenShift."),
    networks: z
      .array(cidr)
      .default(["169.254.20.10/32"])
      .describe(
        "Addresses on the nodes that answer DNS; by default that of NodeLocal DNSCache. Where a node's own service answers, as in EKS Auto Mode, that of the Service `kube-dns` too.",
      ),
    ports: z
      .array(tcpPort)
      .min(1)
      .default([53])
      .describe("Ports of those that answer; 5353 in OpenShift's pods."),
  })
  .refine((dns) => dns.namespaces.length + dns.networks.length > 0, {
    message: "a namespace or a network: without DNS no pod of the stack finds another",
  })
  .describe("Whom the stack's pods may ask for names.");

const globalSchema = z
  .strictObject({
    clusterName: dnsLabel.describe("Name of the cluster, in every document as `orchestrator.cluster.name`."),
    namespace: ownNamespace
      .default("security-system")
      .describe("Namespace of the node agents; its Pod Security level is privileged."),
    restrictedNamespace: ownNamespace
      .default("security-pipeline")
      .describe("Namespace of everything that needs no privilege; its Pod Security level is restricted."),
    cluster: z
      .enum(["current", "eks"])
      .default("current")
      .describe(
        "The cluster to deploy to: `current` is the one of the kubeconfig in use; `eks` makes one on AWS, by the section `eks`.",
      ),
    context: text
      .min(1)
      .optional()
      .describe(
        "Context of the kubeconfig to deploy to, so that no other cluster is reached by mistake; by default the current one.",
      ),
    policyLevel: z
      .enum(ENVIRONMENTS)
      .optional()
      .describe(
        "Environment whose policy levels the stack is held to (`policy-pack/config`); by default the one that its name begins with, and `prod` for any other name.",
      ),
    imageRegistry: registry.optional().describe("Mirror that replaces the registry host of every image."),
    dns: dnsSchema.prefault({}),
    charts: text
      .min(1)
      .optional()
      .describe(
        "Folder or `oci://` mirror that the official charts are taken from, instead of their repositories.",
      ),
    adopt: unique(adoptedSchema)
      .default([])
      .describe(
        "Objects of the cluster that are not the stack's and that it takes over; without it they are refused, before anything is written.",
      ),
  })
  .refine((global) => global.namespace !== global.restrictedNamespace, {
    message: "two namespaces that differ: their Pod Security levels do",
  });

const indexName = z.string().regex(INDEX_NAME, "an Elasticsearch index name: lower case, no spaces");

const indicesSchema = z
  .strictObject({
    events: indexName.default("security-events").describe("Detections and other events."),
    inventory: indexName.default("security-inventory").describe("Current state of the hosts."),
    audit: indexName.default("security-audit").describe("Requests to the Kubernetes API."),
    network: indexName
      .default("security-network")
      .describe("Traffic that the network of pods did not let through."),
    mesh: indexName
      .default("security-mesh")
      .describe("Connections in the mesh that came in clear or failed."),
    admission: indexName
      .default("security-admission")
      .describe("Objects that violate the admission rules, and those that were refused."),
    vulnerabilities: indexName.default("security-vuln").describe("Vulnerabilities of running workloads."),
    posture: indexName
      .default("security-posture")
      .describe("What is configured badly, and secrets in images."),
    correlations: indexName
      .default("security-correlations")
      .describe("Chains of events, as the correlation rules find them."),
    responses: indexName
      .default("security-responses")
      .describe("What was done about alerts, or not done and why."),
    deadLetter: indexName
      .default("security-dead-letter")
      .describe("Log lines that could not become a document, each with the reason."),
  })
  // Keys are for an index and what begins with its name and a dash.
  .refine((indices) => !overlap([...Object.values(indices), ALERTS_INDEX]), {
    message: `names of which none is another or begins with another and a dash, nor with ${ALERTS_INDEX}, which the alerts have: an API key and a template are for one of them`,
  });

function overlap(names: readonly string[]): boolean {
  return names.some((name, i) => names.some((other, j) => i !== j && `${other}-`.startsWith(`${name}-`)));
}

const elasticsearchSchema = z.strictObject({
  endpoints: unique(httpsUrl)
    .min(1)
    .optional()
    .describe("HTTPS URLs of an Elasticsearch that exists; needed where none is managed."),
  podPort: tcpPort
    .optional()
    .describe(
      "Port on which the pods of an Elasticsearch at `<service>.<namespace>.svc` listen, which is what a NetworkPolicy goes by. By default the stack may reach every port in that namespace, as its Service may have another port than the pods.",
    ),
  managed: managedSchema.optional(),
  objects: objectsSchema.prefault({}),
  authSecretRef: secretRef("Secret with an encoded API key for the gateway.", "api_key").default({
    name: "elasticsearch-api-key",
    key: "api_key",
  }),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The encoded API key as a Pulumi secret; the program then makes the Secret of `authSecretRef` itself.",
    ),
  secretsExist: z
    .boolean()
    .default(false)
    .describe(
      "The Secrets that you make yourself are in the cluster: an update then waits until the gateways are ready. Without it it does not wait for gateways that need one, since their namespace may be made by the same update.",
    ),
  caSecretRef: secretRef("Secret with the CA certificate of Elasticsearch.", "ca.crt").optional(),
  indices: indicesSchema.prefault({}).describe("Index names."),
});

const outputSchema = z.strictObject({
  elasticsearch: elasticsearchSchema,
  kafka: kafkaSchema.optional(),
});

const resourcePart = z
  .strictObject({ cpu: cpuQuantity.optional(), memory: bytesQuantity.optional() })
  .describe("CPU and memory.");

const tolerationSchema = z
  .strictObject({
    key: labelKey.optional(),
    operator: z.enum(["Exists", "Equal"]).optional(),
    value: labelValue.optional(),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
    tolerationSeconds: z.int().min(0).optional(),
  })
  .refine(
    (t) => t.key !== undefined || t.operator === "Exists",
    'without a key the operator must be "Exists"',
  )
  .refine((t) => t.operator !== "Exists" || t.value === undefined, 'operator "Exists" takes no value')
  .refine(
    (t) => t.tolerationSeconds === undefined || t.effect === "NoExecute",
    'with tolerationSeconds the effect must be "NoExecute"',
  );

export const overrideSchema = z.strictObject({
  resources: z
    .strictObject({ requests: resourcePart.optional(), limits: resourcePart.optional() })
    .optional()
    .describe("Requests and limits of the main container; what is left out stays as it is."),
  tolerations: z.array(tolerationSchema).optional().describe("Replaces the default list."),
  nodeSelector: z.record(labelKey, labelValue).optional().describe("Merged over the default."),
  replicas: z.int().min(1).max(50).optional().describe("Replicas; not for what runs once per node."),
  priorityClassName: dnsSubdomain.optional().describe("An existing PriorityClass."),
  image: imageReference
    .optional()
    .describe("Full image reference; wins over the pinned one and over `global.imageRegistry`."),
});

export const testsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe("Run attack scenarios in the cluster, as a Job: they attack test pods of their own."),
  scenarios: z.array(dnsLabel).default([]).describe("Scenarios to run; all of them where none is named."),
  apiKeySecretRef: secretRef(
    "Secret with an encoded API key that may read the indices, for the scenarios' checks.",
    "api_key",
  ).default({ name: "scenarios-api-key", key: "api_key" }),
  confirmCluster: dnsLabel
    .optional()
    .describe(
      "`global.clusterName` once more, where that sounds like production: else nothing is attacked there.",
    ),
});

/** One entry of `features`; its `config` is parsed by the schema of the feature that it names. */
const featureEntrySchema = z.strictObject({
  name: z.string().describe("Name of the feature."),
  enabled: z.boolean().default(true).describe("Whether it is deployed."),
  config: z.record(z.string(), z.unknown()).default({}).describe("The feature's own config."),
});

/** The envelope without sinks: what it holds does not change when a feature is added. */
export const envelopeSchema = z.strictObject({
  global: globalSchema,
  features: z.array(featureEntrySchema).default([]),
  toggle: z
    .record(z.string(), z.boolean())
    .default({})
    .describe("Features by name; wins over `features[].enabled`."),
  output: outputSchema,
  override: z
    .record(z.string(), overrideSchema)
    .default({})
    .describe("Changes by workload, or by `nodeAgent` for all that run once per node."),
  tests: testsSchema.prefault({}),
  eks: eksSchema.optional().describe("The cluster on AWS that `global.cluster: eks` makes."),
  exceptions: exceptionsSchema,
});

/** The envelope with a key of `output` for each sink, which `Sink.configured` reads. */
export function envelopeWith(sinks: readonly Pick<Sink, "name" | "schema">[]) {
  const schemas: Record<string, z.ZodType> = Object.fromEntries(
    sinks.map(({ name, schema }) => [name, schema]),
  );
  const output = z.strictObject({ ...outputSchema.shape, ...schemas });
  return z.strictObject({ ...envelopeSchema.shape, output });
}

export type Global = z.output<typeof globalSchema>;
export type Output = z.output<typeof outputSchema>;
export type Tests = z.output<typeof testsSchema>;
export type Envelope = z.output<typeof envelopeSchema>;
