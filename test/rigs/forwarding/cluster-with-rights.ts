import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { SETTLED_MS } from "../../../components/forwarding/position";
import type { Manifest } from "../../../components/kubernetes/manifest";
import type { Target } from "../../../components/node-program/http-client";
import { KubeApi } from "../../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";

interface ConfigMap {
  metadata: { resourceVersion: string };
  data?: Record<string, string>;
}

/** How far a program has read, as its ConfigMap has it. */
interface KeptPosition {
  done: Record<string, number>;
  seen?: { at: string; last: Record<string, number> };
}

const KEY = "position.json";

/** A real API server with the objects of a plan that give programs their rights. */
export class ClusterWithRights {
  private constructor(
    private readonly cluster: Cluster,
    private readonly directory: string,
    private readonly api: KubeApi,
    readonly namespace: string,
  ) {}

  static async start(name: string, namespace: string): Promise<ClusterWithRights> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), `checkout-${name}-`));
    const cluster = await startCluster({ name, directory, ephemeral: true });
    const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath), 60_000);
    await api.create("/api/v1/namespaces", { metadata: { name: namespace } });
    return new ClusterWithRights(cluster, directory, api, namespace);
  }

  get target(): Target & { ca: string } {
    return targetOfKubeconfig(this.cluster.kubeconfigPath);
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.cluster.stop();
    fs.rmSync(checkoutFolder(this.directory), { recursive: true, force: true });
    fs.rmSync(this.directory, { recursive: true });
  }

  /** Makes accounts, roles, their bindings and ConfigMaps without data; the programs themselves run outside of the cluster. */
  async apply(manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests) {
      const plural = PLURALS[manifest.kind];
      const hasData = manifest.kind === "ConfigMap" && manifest.data !== undefined;
      const isHere = manifest.metadata.namespace === this.namespace;
      if (plural && isHere && !hasData) await this.api.create(`${plural(this.namespace)}`, manifest);
    }
  }

  /** A token of a ServiceAccount, as its pods get it. */
  async token(serviceAccount: string): Promise<string> {
    const accounts = `/api/v1/namespaces/${this.namespace}/serviceaccounts`;
    const { status } = await this.api.create<{ status: { token: string } }>(
      `${accounts}/${serviceAccount}/token`,
      { spec: {} },
    );
    return status.token;
  }

  async position(program: string): Promise<KeptPosition | undefined> {
    const { data } = await this.api.get<ConfigMap>(this.pathOf(program));
    return data?.[KEY] === undefined ? undefined : (JSON.parse(data[KEY]) as KeptPosition);
  }

  async setPosition(program: string, position: KeptPosition | undefined): Promise<void> {
    const data = { [KEY]: position === undefined ? null : JSON.stringify(position) };
    await this.api.patch(this.pathOf(program), { data });
  }

  /**
   * What the program has seen counts as settled from now on: it waits a minute otherwise. What counts already is left as it
   * is: a program that finds its position changed at every pass notes none, and waits ever longer.
   */
  async aMinuteLater(program: string): Promise<void> {
    const position = await this.position(program);
    if (!position?.seen) throw new Error(`${program} has seen nothing yet`);
    const { at } = position.seen;
    if (Date.now() - Date.parse(at) >= SETTLED_MS) return;
    const earlier = new Date(Date.parse(at) - SETTLED_MS).toISOString();
    await this.setPosition(program, { ...position, seen: { ...position.seen, at: earlier } });
  }

  private pathOf(program: string): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps/${program}-position`;
  }
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

const PLURALS: Readonly<Record<string, (namespace: string) => string>> = {
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  ConfigMap: (namespace) => `/api/v1/namespaces/${namespace}/configmaps`,
  Role: (namespace) => `${RBAC}/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `${RBAC}/namespaces/${namespace}/rolebindings`,
};
