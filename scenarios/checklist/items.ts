import { NAMESPACE } from "../model/names";
import type { Stage } from "../model/scenario-schema";
import { byTwoSensors, chained, namesVulnerability, saysWhatToDo, stepsInOrder } from "./chained";
import {
  all,
  type Check,
  detected,
  documents,
  every,
  everyNamespaceScanned,
  onEachHost,
  seenBy,
} from "./kinds";

/** An item of the acceptance checklist. */
export interface Item {
  id: string;
  stage: Stage;
  title: string;
  check: Check;
}

export const CORE = [
  "scope-inventory",
  "validate-shell",
  "validate-k8s-api",
  "validate-container-escape",
  "validate-cron-persistence",
] as const;

const IS_THERE = { exists: true } as const;
// The pipeline keeps one document a day of a row that stays.
const ONE_DAY = 26 * 3600;
// Trivy's findings are written when they change.
const ONE_YEAR = 365 * 24 * 3600;
const NO_TRIVY = "Trivy has reported nothing yet";
const CRITICAL = { term: { "vulnerability.severity": "CRITICAL" } };

const inventory = (query: string) => ({
  tool: "osquery",
  index: "inventory" as const,
  filter: [{ term: { "osquery.query_name": query } }],
  lookbackSeconds: ONE_DAY,
});

/** Of queries of which osquery logs only what changes. */
const rows = (query: string) => ({ ...inventory(query), current: true });

const vulnerabilities = (...filter: Record<string, unknown>[]) => ({
  tool: "trivy",
  index: "vulnerabilities" as const,
  filter: [{ term: { "vulnerability.state": "open" } }, ...filter],
  lookbackSeconds: ONE_YEAR,
  fields: {},
});

// What the reporter keeps of each image that was scanned, whether or not anything was found in it.
const SCANNED = {
  tool: "trivy",
  index: "vulnerabilities" as const,
  filter: [{ term: { "event.dataset": "trivy.report" } }, { term: { "trivy.report.state": "present" } }],
  lookbackSeconds: ONE_YEAR,
  fields: {},
};

/** In the order of the CTEM stages. */
export const CHECKLIST: readonly Item[] = [
  {
    id: "CTEM-SCOPE-01",
    stage: "scoping",
    title: "Each node's name, hardware and kernel are in the inventory",
    check: all(
      documents({ ...inventory("system_info"), fields: { "host.hostname": IS_THERE } }),
      documents({ ...inventory("kernel_info"), fields: { "host.os.kernel": IS_THERE } }),
    ),
  },
  {
    id: "CTEM-SCOPE-02",
    stage: "scoping",
    title: "Open ports are known with protocol and process",
    check: documents({
      ...rows("listening_ports"),
      fields: { "network.port": IS_THERE, "network.protocol": IS_THERE, "process.name": IS_THERE },
    }),
  },
  {
    id: "CTEM-SCOPE-03",
    stage: "scoping",
    title: "Images of the workloads of every namespace are scanned",
    check: everyNamespaceScanned(SCANNED),
  },
  {
    id: "CTEM-SCOPE-04",
    stage: "scoping",
    title: "Kernel versions can be compared node by node",
    check: onEachHost({
      ...inventory("kernel_info"),
      filter: [{ term: { "osquery.query_name": "kernel_info" } }, { exists: { field: "host.os.kernel" } }],
      fields: {},
    }),
  },
  {
    id: "CTEM-SCOPE-05",
    stage: "scoping",
    title: "Loaded kernel modules are known",
    check: documents({ ...rows("kernel_modules"), fields: { "osquery.columns.name": IS_THERE } }),
  },
  {
    id: "CTEM-SCOPE-06",
    stage: "scoping",
    title: "Running containers are known for each node",
    check: onEachHost({ ...rows("containers"), fields: {} }),
  },
  {
    id: "CTEM-DISC-01",
    stage: "discovery",
    title: "Vulnerabilities can be searched by id, severity and image",
    check: documents(
      {
        ...vulnerabilities(),
        fields: {
          "vulnerability.id": IS_THERE,
          "vulnerability.severity": IS_THERE,
          "container.image.name": IS_THERE,
        },
      },
      NO_TRIVY,
    ),
  },
  {
    id: "CTEM-PRI-01",
    stage: "prioritization",
    // Not "CVSS is 9.0 or more": the severity is the vendor's, and does not follow the score (facts of Trivy).
    title: "The severity CRITICAL selects the findings of the highest severity, and only those",
    check: every(
      vulnerabilities(CRITICAL),
      { term: { "event.severity": 5 } },
      "critical findings have another event.severity than 5",
      "no critical finding is there",
    ),
  },
  {
    id: "CTEM-PRI-02",
    stage: "prioritization",
    title: "Critical findings that can be fixed can be listed",
    check: documents(
      {
        ...vulnerabilities(CRITICAL, { exists: { field: "vulnerability.fixedVersion" } }),
        fields: { "vulnerability.fixedVersion": IS_THERE, "vulnerability.installedVersion": IS_THERE },
      },
      NO_TRIVY,
    ),
  },
  {
    id: "CTEM-PRI-03",
    stage: "prioritization",
    title: "Open findings have a priority",
    check: every(
      vulnerabilities(),
      { exists: { field: "vulnerability.priority" } },
      "have no priority",
      NO_TRIVY,
    ),
  },
  {
    id: "CTEM-PRI-04",
    stage: "prioritization",
    title: "What is exploited comes first",
    check: every(
      vulnerabilities({ term: { "vulnerability.kev": true } }, { term: { "vulnerability.inUse": true } }),
      { term: { "vulnerability.priority": 5 } },
      "come later",
      "no exploited finding",
    ),
  },
  {
    id: "CTEM-PRI-05",
    stage: "prioritization",
    title: "A detection in a workload with an open critical vulnerability that has a fix is raised",
    check: chained(["vulnerable-workload"], namesVulnerability),
  },
  {
    id: "CTEM-VAL-01",
    stage: "validation",
    title: "A shell in a pod is seen by Falco and Tetragon within two minutes",
    check: seenBy("validate-shell", ["falco", "tetragon"], 120),
  },
  {
    id: "CTEM-VAL-02",
    stage: "validation",
    title: "Reaching for the Kubernetes API is seen by Falco and Tetragon",
    check: seenBy("validate-k8s-api", ["falco", "tetragon"], 120),
  },
  {
    id: "CTEM-VAL-03",
    stage: "validation",
    title: "An escape from a container matches a policy of Tetragon",
    check: seenBy("validate-container-escape", ["tetragon"], 120),
  },
  {
    id: "CTEM-VAL-04",
    stage: "validation",
    title: "At least four of the five core scenarios are detected",
    check: detected(CORE, 4),
  },
  {
    id: "CTEM-VAL-05",
    stage: "validation",
    title: "What is detected in a container names its namespace and pod",
    check: all(
      ...["falco", "tetragon"].map((tool) =>
        every(
          {
            tool,
            index: "events" as const,
            filter: [{ exists: { field: "container.id" } }],
            lookbackSeconds: 3600,
            fields: {},
          },
          {
            bool: {
              filter: ["kubernetes.namespace", "kubernetes.pod.name"].map((field) => ({ exists: { field } })),
            },
          },
          `events of containers (of ${NAMESPACE} and others) name no pod`,
          `no event of a container from ${tool}`,
        ),
      ),
    ),
  },
  {
    id: "CTEM-VAL-06",
    stage: "validation",
    title: "An attack of several steps is one finding that names them in their order",
    check: chained(["download-execute", "token-read-api-call"], stepsInOrder),
  },
  {
    id: "CTEM-VAL-07",
    stage: "validation",
    title: "What two sensors see of one technique in one pod is one finding",
    check: chained(["two-sensors"], byTwoSensors),
  },
  {
    id: "CTEM-MOB-01",
    stage: "mobilization",
    title: "Each chain of events says how severe it is and what to do",
    check: chained([], saysWhatToDo),
  },
];
