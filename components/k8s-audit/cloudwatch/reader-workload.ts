import type { LineReader } from "../../core/contract/line-reader";
import { LINES_ADDRESS, READER_STATE_FOLDER } from "../../core/contract/line-reader";
import { serviceUrl } from "../../core/tables/eks";
import { SIDECARS } from "../../core/tables/sizing";
import { ANYWHERE, tcp } from "../../kubernetes/network-policies";
import { serviceAccount } from "../../kubernetes/pods";
import type { WorkloadSettings } from "../../kubernetes/workloads";
import { nodeProgram } from "../../node-program/bundle";
import { type ProgramPod, programConfigMap, programTemplate } from "../../node-program/pod";
import type { EnvironmentInput } from "../../node-program/settings";
import type { EksAuditConfig } from "../audit-schema";
import type { READER_ENVIRONMENT } from "./reader-settings";

/** Entry of the program. */
export const READER_SOURCE = "components/k8s-audit/cloudwatch/reader-program.ts";

/** Of all its objects, and its ServiceAccount. */
export const READER = "audit-reader";

/** What the program calls, and nothing else (Service Authorization Reference, CloudWatch Logs). */
export const READER_ACTIONS = ["logs:FilterLogEvents"];

const HEALTH_PORT = 8080;
/** `host.name` of the documents: the nodes of the control plane are AWS's, and have no names. */
const HOST = "eks-control-plane";
/** The agent on each node (EKS user guide, Pod Identity agent). */
const POD_IDENTITY_AGENT = "169.254.170.23/32";

export interface ReaderArgs {
  config: EksAuditConfig;
  region: string;
  logGroup: string;
  namespace: string;
  workload: WorkloadSettings;
}

/** The reader, to whose pod the pipeline adds a collector. */
export function auditReader(args: ReaderArgs): LineReader {
  const { namespace, workload } = args;
  const program: ProgramPod = {
    name: READER,
    namespace,
    configMap: `${READER}-program`,
    folder: "/opt/audit-reader",
    files: { "audit-reader.js": nodeProgram(READER_SOURCE) },
    workload,
    usesApiServer: false,
    service: { healthPort: HEALTH_PORT, portName: "reader-health" },
  };
  return {
    name: READER,
    manifests: [serviceAccount({ name: READER, namespace }), programConfigMap(program)],
    host: HOST,
    template: programTemplate(program, { ...variables(args) }),
    collector: {
      ...{ name: "auditReaderCollector", kind: "StatefulSet", replicas: 1 },
      requests: SIDECARS.auditReaderCollector.requests,
      limits: SIDECARS.auditReaderCollector.limits,
    },
    egress: [
      // CloudWatch has no address that is known here: HTTPS, anywhere.
      { to: ANYWHERE, ports: [tcp(443)] },
      { to: [{ ipBlock: { cidr: POD_IDENTITY_AGENT } }], ports: [tcp(80)] },
    ],
  };
}

function variables({ config, region, logGroup }: ReaderArgs): EnvironmentInput<typeof READER_ENVIRONMENT> {
  return {
    LOG_GROUP: logGroup,
    STREAM_PREFIX: config.streamPrefix,
    AWS_REGION: region,
    LOGS_URL: serviceUrl("logs", region),
    COLLECTOR_URL: `http://${LINES_ADDRESS}`,
    STATE_FOLDER: READER_STATE_FOLDER,
    HEALTH_PORT: String(HEALTH_PORT),
    POLL_SECONDS: String(config.pollSeconds),
    LATE_MINUTES: String(config.lateMinutes),
  };
}
