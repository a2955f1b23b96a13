import { join } from "node:path";
import { stringify } from "yaml";
import type { Identity } from "../cluster/pki";
import { cgroupName, dnsAddress, type NodePaths, podRange, podRangeOf } from "./layout";
import type { RuntimePrograms } from "./runtime-programs";

/** Paths as the node sees them; each is in a mount that only the node has. */
export const containerdSocket = "/run/containerd/containerd.sock";
export const volumesFolder = "/var/lib/security-stack/volumes";

/** Folders of the node's data, and where programs and pods of the node find them. */
export const dataFolders: Readonly<Record<string, string>> = {
  containerd: "/var/lib/containerd",
  kubelet: "/var/lib/kubelet",
  cni: "/var/lib/cni",
  log: "/var/log",
  volumes: volumesFolder,
};

/** Version 2 of its config is what containerd 1.6, 1.7 and 2 read. */
export function containerdConfig(programs: RuntimePrograms, paths: NodePaths, pauseImage: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const lines = [
    "version = 2",
    'root = "/var/lib/containerd"',
    'state = "/run/containerd"',
    "[grpc]",
    `address = ${quote(containerdSocket)}`,
    `[${cri}]`,
    `sandbox_image = ${quote(pauseImage)}`,
    // Not every kernel has AppArmor, and not every root may lower the score of a process.
    "disable_apparmor = true",
    "restrict_oom_score_adj = true",
    `[${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${cri}.containerd.runtimes.runc.options]`,
    `BinaryName = ${quote(programs.runc)}`,
    "SystemdCgroup = false",
    `[${cri}.cni]`,
    `bin_dir = ${quote(programs.cniFolder)}`,
    `conf_dir = ${quote(join(paths.config, "cni"))}`,
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Each pod has a link of its own to the node, and all packets between pods are routed. On a bridge they would go past the node's packet
 * filter where br_netfilter is not loaded, and answers of Services with them.
 */
export function cniConfig(paths: NodePaths): string {
  return JSON.stringify(
    {
      cniVersion: "0.4.0",
      name: "security-stack",
      plugins: [
        {
          type: "ptp",
          ipMasq: false,
          ipam: {
            type: "host-local",
            dataDir: "/var/lib/cni",
            ranges: [[{ subnet: podRangeOf(paths) }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  );
}

/** @param further settings that take the place of these */
export function kubeletConfig(
  paths: NodePaths,
  address: string,
  serving: Identity,
  ca: Identity,
  further: object = {},
): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address,
    readOnlyPort: 0,
    tlsCertFile: serving.certificate,
    tlsPrivateKeyFile: serving.key,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: ca.certificate },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupName(paths)}`,
    failCgroupV1: false,
    failSwapOn: false,
    clusterDomain: "cluster.local",
    clusterDNS: [dnsAddress],
    resolvConf: join(paths.config, "resolv.conf"),
    volumePluginDir: "/var/lib/kubelet/volumeplugins",
    // The disk is the host's, and what fills it is not the node's doing.
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    ...further,
  });
}

export function kubeProxyConfig(node: string, kubeconfig: string): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig },
    mode: "iptables",
    clusterCIDR: podRange,
    hostnameOverride: node,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    // Of the machine, and read-only here.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  });
}

/** For pods with `dnsPolicy: Default`: there is no other network to ask about. */
export const resolvConf = "nameserver 127.0.0.1\n";

function quote(text: string): string {
  return JSON.stringify(text);
}
