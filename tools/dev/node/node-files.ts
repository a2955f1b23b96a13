import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster/embedded-cluster";
import { writeKubeconfig } from "../cluster/kubeconfig";
import { issueIdentity, type Pki } from "../cluster/pki";
import { volumeNames } from "./cluster-objects";
import {
  cniConfig,
  containerdConfig,
  dataFolders,
  kubeletConfig,
  kubeProxyConfig,
  resolvConf,
} from "./config-files";
import { NODE_IMAGES } from "./images";
import type { NodePaths } from "./layout";
import type { Link } from "./network";
import type { RuntimePrograms } from "./runtime-programs";

/**
 * Writes what a node's programs read: settings, certificates, kubeconfigs. What outlives the node stays as it is.
 * @param kubeletSettings further ones, of its `KubeletConfiguration`
 */
export async function writeFiles(
  paths: NodePaths,
  runtime: RuntimePrograms,
  link: Link,
  cluster: Cluster,
  pki: Pki,
  kubeletSettings: object,
): Promise<void> {
  rmSync(paths.ready, { force: true });
  rmSync(paths.config, { recursive: true, force: true });
  const folders = [paths.root, paths.log, paths.output, join(paths.config, "cni")];
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
  makeData(paths);

  const identity = (name: string, commonName: string, organization?: string, names?: string[]) =>
    issueIdentity(paths.config, name, { commonName, organization, names }, pki.ca);
  const serving = await identity("kubelet-serving", paths.name, undefined, [link.node, paths.name]);
  const kubelet = await identity("kubelet", `system:node:${paths.name}`, "system:nodes");
  const proxy = await identity("kube-proxy", "system:kube-proxy");
  const context = `security-stack-${cluster.name}`;
  writeKubeconfig(join(paths.config, "kubelet.kubeconfig"), context, cluster.server, pki.ca, kubelet);
  const proxyKubeconfig = join(paths.config, "kube-proxy.kubeconfig");
  writeKubeconfig(proxyKubeconfig, context, cluster.server, pki.ca, proxy);
  // The folder is all that the node sees of the cluster's.
  const ca = { certificate: join(paths.config, "ca.crt"), key: "" };
  writeFileSync(ca.certificate, readFileSync(pki.ca.certificate));

  const files: Record<string, string> = {
    "containerd.toml": containerdConfig(runtime, paths, NODE_IMAGES.pause),
    "cni/10-security-stack.conflist": cniConfig(paths),
    "kubelet.yaml": kubeletConfig(paths, link.node, serving, ca, kubeletSettings),
    "kube-proxy.yaml": kubeProxyConfig(paths.name, proxyKubeconfig),
    "resolv.conf": resolvConf,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(paths.config, name), text);
  writeFileSync(paths.link, JSON.stringify(link));
  writeFileSync(paths.init, readFileSync(join(__dirname, "init.sh")));
}

function makeData(paths: NodePaths): void {
  for (const name of volumeNames) mkdirSync(join(paths.volumes, name), { recursive: true });
  const own = join(paths.data, "volumes");
  // Of the first node itself.
  if (own !== paths.volumes) {
    rmSync(own, { force: true });
    symlinkSync(paths.volumes, own);
  }
  for (const folder of Object.keys(dataFolders)) mkdirSync(join(paths.data, folder), { recursive: true });
}
