import { z } from "zod";
import { bytesQuantity, cpuQuantity, dnsLabel } from "../core/config/value-schemas";
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

// Five fields of digits and the signs of cron; Kubernetes checks the ranges.
const CRON = /^([\d*/,-]+ ){4}[\d*/,-]+$/;
const REGISTRY = /^[\w.-]+(:\d+)?(\/[\w.-]+)*$/;
// Kubernetes' qualified name (apimachinery, validation.IsQualifiedName).
const ANNOTATION = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const DURATION = /^([1-9]\d*[smh])+$/;

const resourcePair = (cpu: string, memory: string) =>
  z.strictObject({ cpu: cpuQuantity.default(cpu), memory: bytesQuantity.default(memory) }).prefault({});

const scanJobsSchema = z.strictObject({
  concurrent: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe("Scans at once: each is a pod, and the registries' limits on pulls hold for all of them."),
  timeout: z
    .string()
    .regex(DURATION, 'a duration like "5m"')
    .default("5m")
    .describe("How long one scan may take."),
  requests: resourcePair("100m", "256Mi").describe("What a scan asks of its node."),
  limits: resourcePair("500m", "1Gi").describe(
    "What a scan may use; a big image is killed below its need, and has no report then.",
  ),
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
      "How old a report may get: then trivy-operator deletes it and scans anew (its `scannerReportTTL`; it has no schedule). What changes is scanned at once.",
    ),
  severityThreshold: z
    .enum(["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"])
    .default("HIGH")
    .describe("Findings below stay in the cluster's reports and are not sent to Elasticsearch."),
  shipSchedule: z
    .string()
    .regex(CRON, 'a cron expression of five fields, like "*/5 * * * *"')
    .default("*/5 * * * *")
    .describe("When the reporter brings new findings to Elasticsearch."),
  scanners: z
    .array(z.enum(SCANNERS))
    .min(1)
    .default(["vulnerability"])
    .describe(
      "Reports that the operator makes. Only those of `vulnerability` go to Elasticsearch; each of the others fills etcd further. `infraAssessment` and `clusterCompliance` read the nodes' files, and put the operator into the privileged namespace.",
    ),
  scanJobs: scanJobsSchema.prefault({}).describe("Pods that scan."),
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
    .record(
      z.string().regex(ANNOTATION, 'the key of an annotation, like "eks.amazonaws.com/role-arn"'),
      z.string().max(4096),
    )
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
  databaseRegistry: z
    .string()
    .regex(REGISTRY, "a registry host, with an optional port and path, without a scheme")
    .optional()
    .describe(
      "Registry of Trivy's databases (aquasec/trivy-db:2, trivy-java-db:1, trivy-checks:1); default: `global.imageRegistry`, else mirror.gcr.io.",
    ),
  registryMirrors: z
    .record(z.string().regex(REGISTRY), z.string().regex(REGISTRY))
    .default({})
    .describe('Mirrors that the scans pull the images from, by registry: {"docker.io": "mirror.example"}.'),
  offline: z.boolean().default(false).describe("No requests to the internet during a scan (air gap)."),
  apiKeySecretRef: z
    .strictObject({
      name: z.string().min(1).max(253).default("trivy-reporter-api-key"),
      key: z.string().min(1).max(253).default("api_key"),
    })
    .prefault({})
    .describe(
      "Secret, in `global.restrictedNamespace`, with the reporter's own encoded API key: privileges read, index and auto_configure on the index of vulnerabilities.",
    ),
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
