/** What a client needs to know of the cluster. */
export interface Access {
  clusterName: string;
  endpoint: string;
  /** PEM in base64. */
  certificateAuthority: string;
  region: string;
  profile: string | undefined;
  assumeRole: string | undefined;
}

/**
 * A kubeconfig that holds no credentials: `aws eks get-token` makes a token of a quarter of an hour whenever a client needs
 * one (EKS user guide, kubeconfig).
 */
export function kubeconfigOf(access: Access): string {
  const { clusterName, endpoint, certificateAuthority, region, profile, assumeRole } = access;
  const role = assumeRole === undefined ? [] : ["--role-arn", assumeRole];
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: [
      "--region",
      region,
      "eks",
      "get-token",
      "--cluster-name",
      clusterName,
      "--output",
      "json",
      ...role,
    ],
    env: profile === undefined ? null : [{ name: "AWS_PROFILE", value: profile }],
    interactiveMode: "Never",
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: [
      {
        name: clusterName,
        cluster: { server: endpoint, "certificate-authority-data": certificateAuthority },
      },
    ],
    users: [{ name: clusterName, user: { exec } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
  });
}
