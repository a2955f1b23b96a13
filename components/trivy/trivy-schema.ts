import { z } from "zod";
import { kubernetesCronProblem } from "../core/config/cron";
import {
  bytesQuantity,
  cpuQuantity,
  dataKey,
  dnsLabel,
  dnsSubdomain,
  duration,
  httpsUrl,
  labelKey,
  registry,
  secretRef,
  text,
} from "../core/config/value-schemas";
import { parseQuantity } from "../kubernetes/quantity";
import { scanHours } from "./schedule";

const SCANNERS = [
  "vulnerability",
  "exposedSecret",
  "configAudit",
  "rbacAssessment",
  "infraAssessment",
  "clusterCompliance",
  "sbom",
] as const;

const CREDENTIAL_SOURCES = ["podIdentity", "instanceMetadata"] as const;

export type CredentialSource = (typeof CREDENTIAL_SOURCES)[number];

export type Scanner = (typeof SCANNERS)[number];

const resourcePair = (cpu: string, memory: string) =>
  z.strictObject({ cpu: cpuQuantity.default(cpu), memory: bytesQuantity.default(memory) }).prefault({});

// The chart makes a key of a ConfigMap of it (templates/configmaps/trivy.yaml), which has no ":" and no "/".
const mirroredRegistry = z
  .string()
  .max(200)
  .regex(
    /^[a-zA-Z0-9]([\w.-]*[a-zA-Z0-9])?$/,
    "a registry host without a port or path: trivy-operator can't take others here",
  );

const scanJobsSchema = z
  .strictObject({
    concurrent: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe("Scans at once: each is a pod, and the registries' limits on pulls hold for all of them."),
    timeout: duration("1s", "24h").default("5m").describe("How long one scan may take."),
    requests: resourcePair("100m", "256Mi").describe("Resource requests of a scan."),
    limits: resourcePair("500m", "1Gi").describe(
      "Resource limits of a scan; a scan of a large image is killed when they are too low, and makes no report.",
    ),
  })
  .superRefine(({ requests, limits }, context) => {
    for (const resource of ["cpu", "memory"] as const)
      if ((parseQuantity(requests[resource]) ?? 0) > (parseQuantity(limits[resource]) ?? 0))
        context.addIssue({
          code: "custom",
          path: ["requests", resource],
          message: `at most limits.${resource}, which is ${limits[resource]}: Kubernetes makes no pod that asks for more`,
        });
  });

const listSchema = (what: string) =>
  z
    .strictObject({
      url: httpsUrl.optional().describe(`Address of ${what}, or of a mirror of it.`),
      caSecretRef: secretRef("Secret with the CA certificate of that server.", "ca.crt").optional(),
      configMapRef: z
        .strictObject({
          name: dnsSubdomain.describe("Its name."),
          key: dataKey.describe("Key with the file, as it is or compressed by gzip (`binaryData`)."),
        })
        .optional()
        .describe(
          "ConfigMap in `global.restrictedNamespace` with the file, in place of `url`: for an air gap.",
        ),
    })
    .superRefine(({ url, configMapRef, caSecretRef }, context) => {
      if ((url === undefined) === (configMapRef === undefined))
        context.addIssue({ code: "custom", message: "either `url` or `configMapRef`" });
      if (caSecretRef && url === undefined)
        context.addIssue({ code: "custom", path: ["caSecretRef"], message: "only with `url`" });
    });

const exploitationSchema = z.strictObject({
  kev: listSchema("CISA's catalog of known exploited vulnerabilities (JSON)")
    .optional()
    .describe(
      "CISA's catalog of known exploited vulnerabilities: sets `vulnerability.kev`. Without it that is not known.",
    ),
  epss: listSchema("the scores of FIRST's EPSS (CSV, compressed by gzip or not)")
    .optional()
    .describe(
      "Scores of FIRST's Exploit Prediction Scoring System: sets `vulnerability.epss`. Without it that is not known.",
    ),
  refreshHours: z
    .int()
    .min(1)
    .max(168)
    .default(12)
    .describe("How often a list is read from its address while no finding is new."),
  maxAgeDays: z
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe("An older list is used all the same, and raises the alert `security-exploitation-lists`."),
  highEpss: z
    .number()
    .min(0.001)
    .max(1)
    .default(0.1)
    .describe("EPSS from which exploitation counts as likely, which raises the priority."),
});

export const schema = z.strictObject({
  scanSchedule: z
    .string()
    .refine((text) => scanHours(text) !== undefined, {
      message:
        '"@every <n>h" with 1 to 168 hours, "@hourly", "@daily" or "@weekly": the operator scans again when a report is that old, not at a time of day',
    })
    .default("@every 6h")
    .describe(
      "How old a report may get: trivy-operator then deletes it and scans again (its `scannerReportTTL`; it has no schedule). What changes is scanned at once.",
    ),
  severityThreshold: z
    .enum(["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"])
    .default("HIGH")
    .describe("Findings below stay in the cluster's reports and are not sent to Elasticsearch."),
  shipSchedule: z
    .string()
    .superRefine((text, context) => {
      const problem = kubernetesCronProblem(text);
      if (problem) context.addIssue({ code: "custom", message: problem });
    })
    .default("*/5 * * * *")
    .describe("When the reporter sends new findings to Elasticsearch."),
  scanners: z
    .array(z.enum(SCANNERS))
    .min(1)
    .default(["vulnerability"])
    .describe(
      "Reports that the operator makes, each of which fills etcd further. All but those of `clusterCompliance` and `sbom` become findings in Elasticsearch; those of a scanner that is taken away are closed. `rbacAssessment` and `infraAssessment` need `configAudit`. `infraAssessment` and `clusterCompliance` read the nodes' files, and put the operator into the privileged namespace.",
    ),
  scanJobs: scanJobsSchema.prefault({}).describe("The pods that run scans."),
  targetNamespaces: z.array(dnsLabel).default([]).describe("Only these namespaces; empty: all."),
  excludeNamespaces: z.array(dnsLabel).default([]).describe("Not these; only without `targetNamespaces`."),
  excludeImages: z
    .array(z.string().regex(/^[^,\s]+$/, "a glob pattern without commas"))
    .default([])
    .describe('Images that are not scanned, as glob patterns like "registry.example/*/*".'),
  ignoreUnfixed: z.boolean().default(false).describe("Leave out findings that no version fixes yet."),
  readPullSecrets: z
    .boolean()
    .default(false)
    .describe(
      "Let the operator read the pull secrets of the workloads to scan images of private registries: the chart then grants it every Secret and `nodes/proxy` of the cluster.",
    ),
  serviceAccountAnnotations: z
    .record(labelKey, text.max(4096))
    .default({})
    .describe(
      "Annotations of the ServiceAccount of operator and scans, by which a cloud gives it credentials for private registries: with IRSA `eks.amazonaws.com/role-arn` (trivy-operator asks the registry with them, without `readPullSecrets`).",
    ),
  cloudCredentials: z
    .array(z.enum(CREDENTIAL_SOURCES))
    .default([])
    .describe(
      "Addresses of the node from which operator and scans may take a cloud's credentials for private registries: `podIdentity` is EKS Pod Identity's agent (169.254.170.23), `instanceMetadata` the metadata of the node (169.254.169.254), whose credentials may be the node's own. IRSA needs neither.",
    ),
  databaseRegistry: registry
    .optional()
    .describe(
      "Registry of Trivy's databases (aquasec/trivy-db:2, trivy-java-db:1, trivy-checks:1); default: `global.imageRegistry`, else mirror.gcr.io.",
    ),
  registryMirrors: z
    .record(mirroredRegistry, registry)
    .default({})
    .describe('Mirrors that the scans pull the images from, by registry: {"docker.io": "mirror.example"}.'),
  offline: z.boolean().default(false).describe("No requests to the internet during a scan (air gap)."),
  apiKeySecretRef: z
    .strictObject({
      name: dnsSubdomain.default("trivy-reporter-api-key"),
      key: dataKey.default("api_key"),
    })
    .prefault({})
    .describe(
      "Secret, in `global.restrictedNamespace`, with the reporter's own encoded API key: privileges read, index and auto_configure on the indices of vulnerabilities and posture.",
    ),
  exploitation: exploitationSchema
    .prefault({})
    .describe("Lists of what is exploited, by which findings get their priority."),
  closeAfterMinutes: z
    .int()
    .min(15)
    .max(20_160)
    .optional()
    .describe(
      "How long a workload's report must be missing until its findings are closed, besides three passes; default: the time of `scanSchedule`, within which the operator makes a report again.",
    ),
});

export type TrivyConfig = z.output<typeof schema>;
