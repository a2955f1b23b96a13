import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Condition, type ConditionStatus, readiness } from "../kubernetes/conditions";
import { standardLabels } from "../kubernetes/labels";
import type { ClusterPlan } from "./cluster-plan";
import type { EksCluster } from "./make-cluster";

/**
 * Makes the nodes of a cluster after the network of pods, which learns before where the API server is: it can't ask for the
 * Service `kubernetes` as long as nobody routes to that.
 * @param network what it is made of
 */
export function makeNodesAfter(cluster: EksCluster, plan: ClusterPlan, network: pulumi.Resource): void {
  const { apiServer, feature = "" } = plan.podNetwork ?? {};
  if (!apiServer) {
    cluster.makeNodes([network]);
    return;
  }
  const { name, namespace } = apiServer;
  const address = new k8s.core.v1.ConfigMap(
    name,
    {
      metadata: { name, namespace, labels: standardLabels(name, feature) },
      data: { host: cluster.endpoint.apply((url) => new URL(url).hostname) },
    },
    { parent: cluster, provider: cluster.provider, dependsOn: network },
  );
  cluster.makeNodes([network, address]);
}

const KINDS = { DaemonSet: k8s.apps.v1.DaemonSet, Deployment: k8s.apps.v1.Deployment } as const;

/** Conditions of what was made before there were nodes for its pods, as the API server has them once there are. */
export function conditionsOnNodes(
  cluster: EksCluster,
  conditions: readonly Condition[],
): pulumi.Output<ConditionStatus[]> {
  const usable = pulumi.all(cluster.usable.map(({ id }) => id));
  const options = { parent: cluster, provider: cluster.provider };
  const live = conditions
    .flatMap(({ workloads }) => workloads)
    .flatMap(({ kind, namespace, name }) => {
      if (kind !== "DaemonSet" && kind !== "Deployment") return [];
      const id = usable.apply(() => `${namespace}/${name}`);
      const { metadata, spec, status } = KINDS[kind].get(
        `${kind.toLowerCase()}/${name}/on-nodes`,
        id,
        options,
      );
      return [{ kind, metadata, spec, status }];
    });
  return pulumi.all(live).apply((found) => conditions.map((condition) => readiness(condition, found)));
}
