import { dirname, join } from "node:path";

/**
 * Arguments of kubectl for a cluster of ours: its kubeconfig, and a folder beside it for what kubectl otherwise keeps of each
 * API server in the user's ~/.kube/cache.
 */
export function kubectlAccess(kubeconfigPath: string): string[] {
  const cache = join(dirname(kubeconfigPath), "kubectl-cache");
  return [`--kubeconfig=${kubeconfigPath}`, `--cache-dir=${cache}`];
}
