import { z } from "zod";
import { parseQuantity } from "../../kubernetes/quantity";
import { alertsSchema } from "./alerts-schema";
import { elasticsearchCronProblem } from "./cron";
import { bytesQuantity, dnsSubdomain, httpsUrl, labelKey, text, unique } from "./value-schemas";

/** Below this Elasticsearch's own watermarks (85 % full: no new shards) leave no room for a day of events. */
const SMALLEST_VOLUME = "10Gi";

const storageSchema = z.strictObject({
  size: bytesQuantity
    .refine((size) => (parseQuantity(size) ?? 0) >= (parseQuantity(SMALLEST_VOLUME) ?? 0), {
      message: `at least ${SMALLEST_VOLUME}: Elasticsearch stops placing data on a volume that is 85 % full`,
    })
    .default("100Gi")
    .describe("Volume of each Elasticsearch node."),
  className: dnsSubdomain
    .optional()
    .describe("StorageClass of the volumes; the cluster's default without it."),
});

/** Elasticsearch and Kibana that the program makes itself, with the ECK operator. */
export const managedSchema = z
  .strictObject({
    preset: z
      .enum(["poc", "production"])
      .default("poc")
      .describe(
        "`poc`: one node, no replicas of the data. `production`: three nodes spread over zones, one replica, two Kibanas.",
      ),
    storage: storageSchema.prefault({}),
    keepData: z
      .boolean()
      .default(true)
      .describe("Whether the volumes outlive Elasticsearch when it is switched off or destroyed."),
    protect: z
      .boolean()
      .optional()
      .describe(
        "Have Pulumi refuse to delete Elasticsearch; on by default in production. To switch it off after all, set this to false and run an update first.",
      ),
    keepCrds: z
      .boolean()
      .default(false)
      .describe(
        "Whether ECK's CRDs stay when it is switched off. Deleting them deletes every Elasticsearch of the cluster.",
      ),
    zoneAwareness: z
      .boolean()
      .optional()
      .describe(
        "Spread over `topology.kubernetes.io/zone`; on by default in production. ECK then reads nodes.",
      ),
    memoryMapping: z
      .boolean()
      .default(false)
      .describe(
        "Map index files into memory, which is faster: only where every node has vm.max_map_count of at least 1048576.",
      ),
    serviceType: z
      .enum(["ClusterIP", "LoadBalancer"])
      .default("ClusterIP")
      .describe("Type of the Services of Elasticsearch and Kibana."),
    elasticUser: z
      .boolean()
      .default(true)
      .describe(
        "Keep ECK's superuser `elastic`, for people; the stack never uses it. Without it people need a realm of their own.",
      ),
    kibana: z.boolean().default(true).describe("Run Kibana."),
    secureSettings: unique(dnsSubdomain)
      .default([])
      .describe(
        "Secrets whose entries go into Elasticsearch's keystore, such as those of a snapshot repository.",
      ),
    serviceAccountAnnotations: z
      .record(labelKey, text.max(4096))
      .default({})
      .describe(
        "Annotations of the ServiceAccount `elasticsearch`, by which a cloud gives its pods a role, such as `eks.amazonaws.com/role-arn`.",
      ),
  })
  .describe("Make Elasticsearch and Kibana with the ECK operator, in `global.restrictedNamespace`.");

const days = (value: number) => z.int().min(1).max(3650).default(value);

const retentionSchema = z.strictObject({
  events: days(90).describe("Detections."),
  inventory: days(180).describe("Changes of the inventory; what is current stays."),
  audit: days(180).describe("Requests to the Kubernetes API."),
  network: days(30).describe("Traffic that was not let through."),
  mesh: days(30).describe("Connections in the mesh that came in clear or failed."),
  admission: days(90).describe("Objects that violate the admission rules."),
  correlations: days(180).describe("Chains of events."),
  responses: days(180).describe("What was done about alerts."),
  deadLetter: days(30).describe("Lines that could not become documents."),
  alerts: days(180).describe("What the alert rules found."),
});

const port = (value: number) => z.int().min(1024).max(65_535).default(value);

const EVERY_REPOSITORY = [
  ...["chunkSize", "compress", "maxRestoreBytesPerSec", "maxSnapshotBytesPerSec", "readonly"],
];

/** Settings of a repository as the Elastic provider names them, not as Elasticsearch does: `basePath`, not `base_path`. */
const REPOSITORY_SETTINGS: Readonly<Record<"s3" | "gcs" | "azure" | "fs", readonly string[]>> = {
  s3: [
    ...["bucket", "basePath", "bufferSize", "cannedAcl", "client", "endpoint", "pathStyleAccess"],
    ...["serverSideEncryption", "storageClass", ...EVERY_REPOSITORY],
  ],
  gcs: ["bucket", "basePath", "client", ...EVERY_REPOSITORY],
  azure: ["container", "basePath", "client", "locationMode", ...EVERY_REPOSITORY],
  fs: ["location", "maxNumberOfSnapshots", ...EVERY_REPOSITORY],
};

/** Of those that are no texts. */
const SETTING_TYPES: Readonly<Record<string, string>> = {
  ...{
    compress: "boolean",
    readonly: "boolean",
    pathStyleAccess: "boolean",
    serverSideEncryption: "boolean",
  },
  maxNumberOfSnapshots: "number",
};

/** Without it a repository has no place; of Azure it has a default. */
const REPOSITORY_NEEDS = { s3: "bucket", gcs: "bucket", fs: "location" } as const;

const snapshotsSchema = z
  .strictObject({
    type: z.enum(["s3", "gcs", "azure", "fs"]).describe("Type of the repository."),
    settings: z
      .record(z.string(), z.union([text.min(1), z.number(), z.boolean()]))
      .describe(
        "Settings of the repository, such as `bucket` and `basePath`; credentials go into the keystore (`managed.secureSettings`) or come from the ServiceAccount (`managed.serviceAccountAnnotations`).",
      ),
    schedule: z
      .string()
      .superRefine((expression, context) => {
        const problem = elasticsearchCronProblem(expression);
        if (problem) context.addIssue({ code: "custom", message: problem });
      })
      .default("0 30 1 * * ?")
      .describe("When, as an Elasticsearch cron expression; at most every 15 minutes."),
    retentionDays: days(30).describe("Days after which a snapshot goes."),
  })
  .check(({ value, issues }) => {
    const known = REPOSITORY_SETTINGS[value.type];
    const issue = (key: string, message: string) =>
      issues.push({ code: "custom", input: value.settings[key], path: ["settings", key], message });
    for (const [key, setting] of Object.entries(value.settings)) {
      const type = SETTING_TYPES[key] ?? "string";
      if (!known.includes(key)) issue(key, `one of ${known.join(", ")}`);
      else if (typeof setting !== type) issue(key, `a ${type}`);
    }
    const needed = value.type === "azure" ? undefined : REPOSITORY_NEEDS[value.type];
    if (needed && value.settings[needed] === undefined)
      issue(needed, `a ${needed}, which ${value.type} needs`);
  });

/** What is made inside Elasticsearch and Kibana. */
export const objectsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe(
        "Make templates, lifecycle policies, roles, API keys, dashboards and alerts; by default where Elasticsearch is managed.",
      ),
    endpoints: unique(httpsUrl)
      .min(1)
      .optional()
      .describe(
        "URLs by which the machine that runs Pulumi reaches Elasticsearch. By default `output.elasticsearch.endpoints`, or a port-forward to the managed one.",
      ),
    kibanaEndpoint: httpsUrl
      .optional()
      .describe(
        "URL of Kibana from there; without it, and without a managed one, nothing is made in Kibana.",
      ),
    caCertificate: z
      .string()
      .regex(/-----BEGIN CERTIFICATE-----/, "a certificate in PEM")
      .optional()
      .describe("CA of an Elasticsearch that exists; that of the managed one is known."),
    username: text
      .min(1)
      .optional()
      .describe("User of an Elasticsearch that exists, who may make these objects."),
    password: z.string().min(1).optional().describe("The user's password, as a Pulumi secret."),
    localPorts: z
      .strictObject({
        elasticsearch: port(19_200).describe("Of the port-forward to Elasticsearch."),
        kibana: port(15_601).describe("Of the port-forward to Kibana."),
      })
      .prefault({})
      .describe("Ports of 127.0.0.1 that are open while Pulumi runs."),
    preflight: z
      .boolean()
      .default(true)
      .describe(
        "Look, before anything is made, whether it can be: the user's rights, templates of others, fields of indices that exist.",
      ),
    retentionDays: retentionSchema.prefault({}).describe("Days after which documents go."),
    dashboards: z.boolean().default(true).describe("Make data views and dashboards in Kibana 9.4 or newer."),
    alerts: alertsSchema,
    snapshots: snapshotsSchema.optional().describe("A snapshot repository and a snapshot a day."),
    generation: z
      .int()
      .min(1)
      .default(1)
      .describe("Of the credentials: a higher number makes new ones and removes the old (`npm run rotate`)."),
  })
  .describe("What the program makes inside Elasticsearch and Kibana.");

export type Managed = z.output<typeof managedSchema>;
export type Objects = z.output<typeof objectsSchema>;
