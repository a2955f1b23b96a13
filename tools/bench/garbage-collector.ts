import { ApiError, type KubeApi } from "../dev/cluster/api";
import { waitUntil } from "../dev/cluster/wait";

const GROUP = "probe.bench.example";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const PROBES = `/apis/${GROUP}/v1/namespaces/default/probes`;

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `probes.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { kind: "Probe", plural: "probes", singular: "probe" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

/**
 * Waits until the garbage collector knows every type that the cluster has by now. It looks for new ones each 30 s
 * (kube-controller-manager, garbage collector's sync period), and until then an object of a new type that is deleted in
 * the foreground, as Pulumi deletes, stays. A stack that is destroyed has been up for longer than that.
 */
export async function knownToGarbageCollector(api: KubeApi): Promise<void> {
  await api.create(DEFINITIONS, DEFINITION);
  const probe = { apiVersion: `${GROUP}/v1`, kind: "Probe", metadata: { name: "probe" } };
  await waitUntil("the type of the probe", () => api.create(PROBES, probe));
  await api.delete(`${PROBES}/probe?propagationPolicy=Foreground`);
  await gone(api, `${PROBES}/probe`);
  await api.delete(`${DEFINITIONS}/${DEFINITION.metadata.name}`);
  await gone(api, `${DEFINITIONS}/${DEFINITION.metadata.name}`);
}

function gone(api: KubeApi, path: string): Promise<boolean> {
  return waitUntil(`${path} to be gone`, async () => {
    try {
      await api.get(path);
      return false;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return true;
      throw error;
    }
  });
}
