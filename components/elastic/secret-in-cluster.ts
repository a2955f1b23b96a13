import { shownError } from "../core/config/shown-error";
import { loadKubeConfig } from "../node-program/api-server";

/**
 * The values of a Secret that is in the cluster by now, by key; undefined where there is none.
 * @param context of the kubeconfig; its current one without
 * @param kubeconfig its text, where it is not the one in use
 * @throws where the cluster does not say
 */
export async function secretInCluster(
  context: string | undefined,
  namespace: string,
  name: string,
  kubeconfig?: string,
): Promise<Record<string, string> | undefined> {
  // Over a second and some 70 MB: for an update only.
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const config = await loadKubeConfig(context, kubeconfig);
  try {
    const { data = {} } = await config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
    return Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
    );
  } catch (error) {
    const { code } = error as { code?: number | string };
    if (code === 404) return undefined;
    throw shownError(
      `Whether the Secret ${namespace}/${name} is kept from before could not be seen (${code ?? error}): see that the cluster answers and that Secrets in ${namespace} may be read, and run this again.`,
    );
  }
}
