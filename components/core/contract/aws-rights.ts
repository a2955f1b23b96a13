/** What a workload's pods may do in AWS, by EKS Pod Identity: rights of their own, on named things only. */
export interface AwsRights {
  namespace: string;
  serviceAccount: string;
  /** The service of all of them. */
  service: "logs" | "s3" | "ec2";
  /** Of what is in a region; none for what has a name that is the only one in the world. */
  region?: string;
  /** "logs:PutLogEvents" */
  actions: readonly string[];
  /** The last part of their ARNs: "log-group:security"; without them all in the cluster's region. */
  resources?: readonly string[];
}
