/** What a person made of the findings of each policy in manifests of others: right, or wrong and then mended. */
export const VERDICTS: Readonly<Record<string, string>> = {
  "allowed-registries": "right: the registry is none of the listed ones",
  "automount-token": "right: the account has no binding among the files, so its token serves nobody",
  capabilities: "right: the runtime's default capabilities stay, or more are added",
  "container-resources": "right: no request or limit is written, and no operator adds one",
  "crd-in-stack": "right: the definition is not among the files",
  "default-deny-network": "right: no policy of the namespace denies by default",
  "disruption-budget": "right: several replicas, and no budget selects them",
  "host-namespaces": "right: it shares a namespace of the node; on purpose, which takes an exception",
  "host-paths": "right: it mounts a path of the node; on purpose, which takes an exception",
  "namespace-pod-security": "right: the namespace enforces no Pod Security level",
  "no-clear-secrets": "right: a value under the name of a secret is written out",
  "no-cluster-admin": "right: the role or the subject is one that nothing may be bound to",
  "no-escalating-rbac":
    "right: the operator's webhook configuration and nodes/proxy are what their charts give by default; the stack's values take both away",
  "no-wildcard-rbac": "right: a star gives all, today's and tomorrow's",
  "opaque-resources": "right: not checked, since its operator runs what is not in the file",
  "pinned-images": "right: no version, or a tag that moves",
  "priority-class": "right: it runs on every node and is evicted like anything else",
  "daemonset-tolerations": "right: nodes with taints run without it",
  "privilege-escalation": "right: Kubernetes allows it where nothing is written",
  probes: "right: no container probe, so a hanging program is never noticed",
  "read-only-root": "right: Kubernetes leaves the root writable where nothing is written",
  "run-as-non-root": "right: the image may run as root where nothing is written",
  "seccomp-profile":
    "right: without a profile all system calls are open; for kinds of Kubernetes itself Pulumi corrects it",
  "limits-cover-requests": "right: the API server refuses it, too",
};
