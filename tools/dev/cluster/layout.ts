import { join } from "node:path";
import { checkout, checkoutFolder } from "./folders";

/** Where Services get their addresses from; the first is the API server's. */
export const serviceRange = "10.96.0.0/16";

/** The files of one cluster. */
export interface ClusterPaths {
  folder: string;
  lock: string;
  pki: string;
  etcdData: string;
  logs: string;
  state: string;
  /** The administrator's kubeconfig: what everything outside this folder uses. */
  kubeconfig: string;
  controllerManagerKubeconfig: string;
  schedulerKubeconfig: string;
  kwokKubeconfig: string;
}

export function clusterPaths(name: string, directory: string = checkout): ClusterPaths {
  const clusters = clustersFolder(directory);
  const folder = join(clusters, name);
  return {
    folder,
    // Beside the folder, since a purge removes the folder under the lock.
    lock: join(clusters, `${name}.lock`),
    pki: join(folder, "pki"),
    etcdData: join(folder, "etcd"),
    logs: join(folder, "logs"),
    state: join(folder, "state.json"),
    kubeconfig: join(folder, "kubeconfig"),
    controllerManagerKubeconfig: join(folder, "kube-controller-manager.kubeconfig"),
    schedulerKubeconfig: join(folder, "kube-scheduler.kubeconfig"),
    kwokKubeconfig: join(folder, "kwok.kubeconfig"),
  };
}

/** The folder that has one folder for each cluster of a checkout. */
export function clustersFolder(directory: string = checkout): string {
  return join(checkoutFolder(directory), "clusters");
}
