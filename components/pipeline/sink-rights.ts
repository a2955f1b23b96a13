import type { AwsRights } from "../core/contract/aws-rights";

/** What a sink may do in AWS, whatever it reads from. */
export type SinkRights = Omit<AwsRights, "namespace" | "serviceAccount"> & { resources: readonly string[] };

export function cloudwatchRights(region: string, logGroup: string): SinkRights {
  return {
    service: "logs",
    region,
    actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutRetentionPolicy"],
    resources: [`log-group:${logGroup}`, `log-group:${logGroup}:*`],
  };
}

export function s3Rights(bucket: string, prefix: string): SinkRights {
  return { service: "s3", actions: ["s3:PutObject"], resources: [`${bucket}/${prefix}/*`] };
}
