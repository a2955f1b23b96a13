/**
 * Who is left out of a rule. A name alone proves nothing: whoever may make pods or Secrets in kube-system can act in the
 * name of a controller's account. What is trusted is an identity that nobody gets without an alert of this feature:
 * - A controller inside kube-controller-manager has a token that it asked for itself and that is bound to no pod
 *   (pkg/controller/clientbuilder, `--use-service-account-credentials`). Kubelets get tokens bound to a pod only (admission
 *   plugin NodeRestriction), tokens of Secrets have no `credential-id` (KEP-4193), and anyone else who asks for a token in
 *   kube-system raises `kube-system-token`.
 * - The users of the control plane's parts come from client certificates, which the cluster signs after an approval only:
 *   `certificate-approved`.
 */
export interface Trusted {
  /** Accounts in kube-system of controllers in kube-controller-manager, by their names. */
  controllers?: readonly ControllerName[];
  /** Parts of the control plane. */
  users?: readonly ("system:apiserver" | "system:kube-controller-manager" | "system:kube-scheduler")[];
  /** Kubelets: what they may ask for is held to their own pods by the Node authorizer and NodeRestriction. */
  kubelets?: true;
}

/** The accounts that `--use-service-account-credentials` uses (Kubernetes 1.35, bootstrappolicy/controller_policy.go). */
export const CONTROLLERS = [
  ...(["attachdetach-controller", "bootstrap-signer", "certificate-controller"] as const),
  ...(["clusterrole-aggregation-controller", "cronjob-controller", "daemon-set-controller"] as const),
  ...(["deployment-controller", "device-taint-eviction-controller", "disruption-controller"] as const),
  ...(["endpoint-controller", "endpointslice-controller", "endpointslicemirroring-controller"] as const),
  ...(["ephemeral-volume-controller", "expand-controller", "generic-garbage-collector"] as const),
  ...(["horizontal-pod-autoscaler", "job-controller", "legacy-service-account-token-cleaner"] as const),
  ...(["namespace-controller", "node-controller", "persistent-volume-binder"] as const),
  ...(["pod-garbage-collector", "pv-protection-controller", "pvc-protection-controller"] as const),
  ...(["replicaset-controller", "replication-controller", "resource-claim-controller"] as const),
  ...(["resourcequota-controller", "root-ca-cert-publisher", "route-controller"] as const),
  ...(["selinux-warning-controller", "service-account-controller", "service-cidrs-controller"] as const),
  ...(["service-controller", "statefulset-controller", "storage-version-garbage-collector"] as const),
  ...(["storage-version-migrator-controller", "token-cleaner", "ttl-after-finished-controller"] as const),
  ...(["ttl-controller", "validatingadmissionpolicy-status-controller"] as const),
  ...(["volumeattributesclass-protection-controller"] as const),
] as const;

export type ControllerName = (typeof CONTROLLERS)[number];

/** Make pods, or what makes pods, as others told them to. */
export const WORKLOAD_CONTROLLERS: Trusted = {
  controllers: [
    ...(["cronjob-controller", "daemon-set-controller", "deployment-controller", "job-controller"] as const),
    ...(["replicaset-controller", "replication-controller", "statefulset-controller"] as const),
  ],
  // The mirror pods of static pods.
  kubelets: true,
};

/** Take along what belongs to what was deleted. */
export const CLEANERS: Trusted = {
  controllers: ["generic-garbage-collector", "namespace-controller", "pod-garbage-collector"],
};

/** Make the cluster's own roles, and the roles that others add up to. */
export const ROLE_KEEPERS: Trusted = {
  controllers: ["clusterrole-aggregation-controller"],
  users: ["system:apiserver"],
};

/** User name of an account in kube-system. */
export function controllerUser(name: ControllerName): string {
  return `system:serviceaccount:kube-system:${name}`;
}
