import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { KubeApi } from "../../../tools/dev/cluster/api";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig, writeKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { clusterPaths } from "../../../tools/dev/cluster/layout";
import { ensurePki, issueIdentity } from "../../../tools/dev/cluster/pki";
import { unpackPackage } from "../../../tools/dev/node/debian";
import { initProcess } from "../../../tools/dev/node/end";
import { nodePaths, realNodeName } from "../../../tools/dev/node/layout";
import { NodePrograms } from "../../../tools/dev/node/node-programs";
import { removeFolder, withToolLock, workFolder } from "../../../tools/dev/toolchain/cache";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { settingsFromEnvironment } from "../../../tools/dev/toolchain/settings";

const NAME = "kube-router";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const READ = ["get", "list", "watch"];

/**
 * Has NetworkPolicies enforced on the real node of a cluster: by kube-router as their engine alone, in the node's own network,
 * so that the machine's packet filter is left as it is. It ends with the node.
 */
export async function enforcePolicies(cluster: Cluster): Promise<void> {
  const { "kube-router": program } = await ensureTools(["kube-router"]);
  const sets = await addressSets();
  const clusterFiles = clusterPaths(cluster.name);
  const paths = nodePaths(clusterFiles);
  const kubeconfig = join(paths.config, `${NAME}.kubeconfig`);
  const { ca } = await ensurePki(clusterFiles.pki);
  writeKubeconfig(
    kubeconfig,
    NAME,
    cluster.server,
    ca,
    await issueIdentity(paths.config, NAME, { commonName: NAME }, ca),
  );
  await allowReading(cluster);
  const programs = new NodePrograms(paths.output);
  programs.startInside(
    initProcess(paths)!.pid,
    NAME,
    [sets.programs],
    [
      ...["env", `LD_LIBRARY_PATH=${sets.libraries}`, `NODE_NAME=${realNodeName}`, program],
      ...["--run-firewall=true", "--run-router=false", "--run-service-proxy=false"],
      ...[`--kubeconfig=${kubeconfig}`, `--hostname-override=${realNodeName}`, "--v=1"],
      ...["--service-cluster-ip-range=10.96.0.0/16", "--health-port=0"],
    ],
  );
  const log = join(paths.output, `${NAME}.log`);
  await programs.until(`${NAME} to enforce policies`, async () =>
    readFileSync(log, "utf8").includes("Starting network policy controller"),
  );
}

async function allowReading(cluster: Cluster): Promise<void> {
  const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  const metadata = { name: NAME };
  await api.create(`${RBAC}/clusterroles`, {
    metadata,
    rules: [
      { apiGroups: [""], resources: ["pods", "namespaces", "nodes", "services", "endpoints"], verbs: READ },
      { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: READ },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
    ],
  });
  await api.create(`${RBAC}/clusterrolebindings`, {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
    subjects: [{ kind: "User", name: NAME, apiGroup: "rbac.authorization.k8s.io" }],
  });
  api.close();
}

/** ipset, of Debian's packages, unpacked where the node sees it. */
async function addressSets(): Promise<{ programs: string; libraries: string }> {
  const settings = settingsFromEnvironment();
  const tool = { name: "ipset" };
  const folder = join(settings.cacheRoot, "tools", tool.name, settings.platform);
  const [programs, libraries] = await withToolLock(tool, settings, () =>
    Promise.all(["ipset", "libipset13"].map((name) => unpacked(name, join(folder, name)))),
  );
  const lib = join(libraries!, "usr", "lib");
  const triplet = readdirSync(lib).find((name) => name.endsWith("-linux-gnu"));
  return { programs: join(programs!, "usr", "sbin"), libraries: join(lib, triplet ?? "") };

  async function unpacked(name: string, target: string): Promise<string> {
    if (existsSync(target)) return target;
    const work = await workFolder({ name }, settings);
    try {
      mkdirSync(dirname(target), { recursive: true });
      renameSync(await unpackPackage(name, work), target);
    } finally {
      await removeFolder(work);
    }
    return target;
  }
}
