import { join } from "node:path";
import { type ClusterPaths, serviceRange } from "./layout";
import type { Pki } from "./pki";
import { kwokConfigFile } from "./simulation";

/** The programs of a control plane, in the order they are started; they are stopped in the reverse order. */
export const programs = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
] as const;
export type Program = (typeof programs)[number];

export interface Ports {
  etcd: number;
  etcdPeer: number;
  apiserver: number;
}

/**
 * The arguments of every program. They listen on 127.0.0.1 only, and what serves asks for a client certificate. Each names a
 * file of the cluster's folder, by which its processes are found again.
 */
export function controlPlaneArguments(
  paths: ClusterPaths,
  pki: Pki,
  ports: Ports,
  ephemeral: boolean,
  apiServer: readonly string[] = [],
): Record<Program, string[]> {
  const etcdUrl = `https://127.0.0.1:${ports.etcd}`;
  const peerUrl = `https://127.0.0.1:${ports.etcdPeer}`;
  const client = (kubeconfig: string) => [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--profiling=false",
    // The defaults suit a shared API server; here they would make the start seconds longer.
    "--kube-api-qps=500",
    "--kube-api-burst=500",
  ];
  return {
    etcd: [
      "--name=embedded",
      `--data-dir=${paths.etcdData}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=embedded=${peerUrl}`,
      "--client-cert-auth",
      `--trusted-ca-file=${pki.ca.certificate}`,
      `--cert-file=${pki.etcd.certificate}`,
      `--key-file=${pki.etcd.key}`,
      "--peer-client-cert-auth",
      `--peer-trusted-ca-file=${pki.ca.certificate}`,
      `--peer-cert-file=${pki.etcd.certificate}`,
      `--peer-key-file=${pki.etcd.key}`,
      // A throw-away cluster need not survive a power cut.
      ...(ephemeral ? ["--unsafe-no-fsync"] : []),
    ],
    "kube-apiserver": [
      `--etcd-servers=${etcdUrl}`,
      `--etcd-cafile=${pki.ca.certificate}`,
      `--etcd-certfile=${pki.etcd.certificate}`,
      `--etcd-keyfile=${pki.etcd.key}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${ports.apiserver}`,
      `--tls-cert-file=${pki.apiserver.certificate}`,
      `--tls-private-key-file=${pki.apiserver.key}`,
      `--client-ca-file=${pki.ca.certificate}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${pki.serviceAccounts.certificate}`,
      `--service-account-signing-key-file=${pki.serviceAccounts.key}`,
      `--service-cluster-ip-range=${serviceRange}`,
      // 127.0.0.1 is no address that pods could reach, so it is not published as the endpoint of the kubernetes Service.
      "--endpoint-reconciler-type=none",
      // For logs, exec and port-forward of a real node's pods. A simulated node has no kubelet to ask.
      `--kubelet-client-certificate=${pki.apiserver.certificate}`,
      `--kubelet-client-key=${pki.apiserver.key}`,
      `--kubelet-certificate-authority=${pki.ca.certificate}`,
      "--kubelet-preferred-address-types=InternalIP",
      "--profiling=false",
      ...apiServer,
    ],
    "kube-controller-manager": [
      ...client(paths.controllerManagerKubeconfig),
      "--use-service-account-credentials",
      `--service-account-private-key-file=${pki.serviceAccounts.key}`,
      `--root-ca-file=${pki.ca.certificate}`,
      `--cluster-signing-cert-file=${pki.ca.certificate}`,
      `--cluster-signing-key-file=${pki.ca.key}`,
      // A machine busy with builds, or just woken up, is no node failure.
      "--node-monitor-grace-period=120s",
    ],
    "kube-scheduler": client(paths.schedulerKubeconfig),
    kwok: [`--kubeconfig=${paths.kwokKubeconfig}`, `--config=${kwokConfigFile}`],
  };
}

/** Where a program's output goes. */
export function logFile(paths: ClusterPaths, program: Program): string {
  return join(paths.logs, `${program}.log`);
}
