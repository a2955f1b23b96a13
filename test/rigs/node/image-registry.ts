import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { clusterPaths } from "../../../tools/dev/cluster/layout";
import { containerdSocket } from "../../../tools/dev/node/config-files";
import { initProcess } from "../../../tools/dev/node/end";
import { nodePaths } from "../../../tools/dev/node/layout";
import type { Link } from "../../../tools/dev/node/network";
import { NodePrograms } from "../../../tools/dev/node/node-programs";
import { run } from "../../../tools/dev/node/run-command";
import { runtimePrograms } from "../../../tools/dev/node/runtime-programs";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";

const NAME = "image-registry";
/** In the node's own network, where nothing else has it. */
const PORT = 5000;

/** A vulnerability of a package, as Trivy's database has it. */
export interface KnownVulnerability {
  id: string;
  /** A distribution and its major version, as trivy-db calls it: "debian 12". */
  platform: string;
  /** The source package. */
  package: string;
  fixedVersion: string;
  /** trivy-db's `types.Vulnerability`. */
  details: {
    Title: string;
    /** From 1, which is LOW, to 4. Trivy takes that of the distribution, else NVD's (trivy pkg/vulnerability/vulnerability.go). */
    VendorSeverity: { nvd: number };
    CVSS?: { nvd: { V3Vector: string; V3Score: number } };
    References?: string[];
    PublishedDate?: string;
    LastModifiedDate?: string;
  };
}

/** What it serves. */
export interface RegistryContent {
  /** Archives as `docker save` writes them, by repository and tag. */
  images: Record<string, string>;
  vulnerabilities: KnownVulnerability[];
}

/**
 * A container registry on the real node of a cluster, with images and a database of vulnerabilities where Trivy looks for its own. It
 * has no TLS: at a private address none is asked for (go-containerregistry pkg/name/registry.go). It ends with the node.
 * @returns host and port, by which pods and the host reach it
 */
export async function startImageRegistry(cluster: Cluster, content: RegistryContent): Promise<string> {
  const { [NAME]: program } = await ensureTools([NAME]);
  const paths = nodePaths(clusterPaths(cluster.name));
  const { node }: Link = JSON.parse(readFileSync(paths.link, "utf8"));
  const address = `${node}:${PORT}`;
  const folder = join(paths.folder, NAME);
  const orders = join(folder, "orders.json");
  mkdirSync(folder, { mode: 0o700 });
  const database = "aquasec/trivy-db:2";
  writeFileSync(orders, JSON.stringify({ listen: address, folder, database, ...content }));
  const programs = new NodePrograms(paths.output);
  programs.startInside(initProcess(paths)!.pid, NAME, [], [program, orders]);
  const log = join(paths.output, `${NAME}.log`);
  await programs.until("the registry's images", async () => readFileSync(log, "utf8").includes("serving at"));
  return address;
}

/** Has the node's containerd pull an image of it. */
export async function pullFromRegistry(cluster: Cluster, image: string): Promise<void> {
  const { ctr } = await runtimePrograms();
  const { pid } = initProcess(nodePaths(clusterPaths(cluster.name)))!;
  const socket = `--address=/proc/${pid}/root${containerdSocket}`;
  await run(ctr, [socket, "--namespace=k8s.io", "images", "pull", "--plain-http", image]);
}
