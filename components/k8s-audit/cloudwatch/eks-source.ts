import { ConfigError, type ConfigIssue } from "../../core/config/config-error";
import { formatPath } from "../../core/config/issues";
import type { AwsRights } from "../../core/contract/aws-rights";
import type { PlanContext } from "../../core/contract/context";
import type { Contribution } from "../../core/contract/contribution";
import { IMAGES } from "../../core/tables/pins";
import type { EksAuditConfig } from "../audit-schema";
import { auditReader, READER, READER_ACTIONS } from "./reader-workload";

/**
 * The source `eks`: one reader of the log group to which EKS writes the audit log.
 * @throws ConfigError where the region is not known, or the audit log of the stack's own cluster is off
 */
export function byLogGroup(config: EksAuditConfig, context: PlanContext): Contribution {
  const { eks, global, namespaces } = context;
  const issues = [...regionIssues(config, context), ...logIssues(context)];
  if (issues.length > 0) throw new ConfigError(issues);
  const region = eks?.region ?? config.region ?? "";
  const logGroup = config.logGroup ?? `/aws/eks/${global.clusterName}/cluster`;
  const namespace = namespaces.restricted;
  const workload = context.workload("auditReader", "StatefulSet", IMAGES.node);
  return {
    // The pipeline makes the reader's objects, and says when it is ready.
    ...{ manifests: [], conditions: [] },
    lineReaders: [auditReader({ config, region, logGroup, namespace, workload })],
    ...(eks
      ? { awsRights: [rightsOf(namespace, logGroup)] }
      : { nextSteps: [bySelf(region, logGroup, namespace)] }),
  };
}

function rightsOf(namespace: string, logGroup: string): AwsRights {
  return {
    ...{ namespace, serviceAccount: READER, service: "logs", actions: READER_ACTIONS },
    // With ":*" at its end, which all but the actions on tags want (CloudWatch Logs user guide, IAM resources).
    resources: [`log-group:${logGroup}:*`],
  };
}

function regionIssues({ region }: EksAuditConfig, { eks, configPath }: PlanContext): ConfigIssue[] {
  const path = formatPath([...configPath, "eks", "region"]);
  if (!eks && region === undefined) return [{ code: "CFG004", path, allowed: "the cluster's AWS region" }];
  if (!eks || region === undefined || region === eks.region) return [];
  const allowed = `none: the stack makes its cluster in ${eks.region}`;
  return [{ code: "CFG003", path, found: region, allowed }];
}

function logIssues({ eks }: PlanContext): ConfigIssue[] {
  if (!eks || eks.logs.types.includes("audit")) return [];
  return [
    {
      code: "CFG003",
      path: formatPath(["eks", "logs", "types"]),
      found: eks.logs.types.join(", ") || "none",
      allowed: "`audit` among them: k8s_audit reads that log (source: eks)",
    },
  ];
}

function bySelf(region: string, logGroup: string, namespace: string): string {
  return `Before the update: turn the cluster's control plane log \`audit\` on, and associate a role that may ${READER_ACTIONS.join(", ")} on log-group:${logGroup}:* in ${region} with the ServiceAccount ${READER} of ${namespace} by EKS Pod Identity: components/k8s-audit/README.md says how.`;
}
