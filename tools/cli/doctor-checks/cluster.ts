import type { ConfiguredFeature } from "../../../components/core/config/configured-feature";
import { FEATURES } from "../../../components/registry";
import { ApiError, type KubeApi } from "../../dev/cluster/api";
import { checkBetweenNodes } from "./between-nodes";
import { type CertificateSecret, certificateChecks, SECRETS } from "./certificate-ends";
import { checkDistribution } from "./distribution";
import { type Check, fail, ok, warn } from "./finding";
import { listOrNothing } from "./list-or-nothing";
import type { Node, Pod } from "./node";
import { checkNodes } from "./nodes";
import { checkKernelsOf, checkRivals, type NodeWorkload } from "./rivals";
import { checkOtherInstallations } from "./sensors";
import { findTarget, type Target } from "./target";

/** What the stack makes, by API group. */
const resources: Record<string, string[]> = {
  "": ["namespaces", "serviceaccounts", "configmaps", "secrets", "services", "persistentvolumeclaims"],
  apps: ["daemonsets", "statefulsets", "deployments"],
  batch: ["jobs", "cronjobs"],
  "rbac.authorization.k8s.io": ["clusterroles", "clusterrolebindings", "roles", "rolebindings"],
  "networking.k8s.io": ["networkpolicies"],
  "scheduling.k8s.io": ["priorityclasses"],
  "apiextensions.k8s.io": ["customresourcedefinitions"],
  "cilium.io": ["tracingpolicies", "tracingpoliciesnamespaced"],
};
const verbs = ["create", "patch", "delete"];

/**
 * What a cluster needs to take the stack. Nothing in it is changed.
 * @param find which cluster the context, or none, stands for
 * @param features of the stack that is looked at those that are on; none where it is no stack's
 */
export async function checkCluster(
  context: string | undefined,
  find = findTarget,
  features: readonly ConfiguredFeature[] = [],
): Promise<Check[]> {
  const target = await find(context);
  if (!("api" in target)) return [target];
  try {
    return await examine(target, features);
  } finally {
    target.api.close();
  }
}

async function examine(target: Target, features: readonly ConfiguredFeature[]): Promise<Check[]> {
  const { api } = target;
  let version: { major: string; minor: string; gitVersion: string };
  try {
    version = await api.get("/version");
  } catch (error) {
    return [unreachable(target, error)];
  }
  return [
    ok("cluster", `${target.name} answers at ${target.server}.`),
    versionFinding(version),
    ...(
      await Promise.all([
        checkRights(api),
        checkNodesOf(api, version.gitVersion, features),
        checkStorage(api),
        checkOtherInstallations(api, FEATURES),
        checkOnNodes(api, features),
        checkBetweenNodes(target, features),
        checkCertificates(api),
      ])
    ).flat(),
  ];
}

export function unreachable({ name, server }: Pick<Target, "name" | "server">, error: unknown): Check {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const message = error instanceof Error ? error.message : String(error);
  const say = (what: string, fix: string) => fail("cluster", `${name} at ${server}: ${what}.`, fix);
  if (error instanceof ApiError && error.status === 401)
    return say("it does not accept the credentials", "Log in again, or use another context.");
  if (error instanceof ApiError)
    return say(`it answers ${error.status} ${error.message}`, "Ask who runs the cluster.");
  if (code === "ECONNREFUSED")
    return say("nothing listens there", "Start the cluster, or use another context (--context NAME).");
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return say(
      "its name has no address",
      "Check the network and the VPN, or use another context (--context NAME).",
    );
  if (/certificate|self.signed|CERT_/i.test(`${code} ${message}`))
    return say(`its certificate is not trusted (${message})`, "Get a current kubeconfig for it.");
  return say(message || code, "Check the network and the VPN, or use another context (--context NAME).");
}

export function versionFinding({
  major,
  minor,
  gitVersion,
}: {
  major: string;
  minor: string;
  gitVersion: string;
}): Check {
  const number = Number(major) * 100 + Number.parseInt(minor, 10);
  if (number >= 130) return ok("version", `${gitVersion}.`);
  if (number >= 125)
    return warn(
      "version",
      `${gitVersion} is no longer supported by its makers.`,
      "Upgrade to 1.33 or later.",
    );
  return fail("version", `${gitVersion} has no Pod Security admission.`, "Upgrade to 1.33 or later.");
}

async function checkRights(api: KubeApi): Promise<Check> {
  if (await may(api, "*", "*", "*")) return ok("rights", "All (cluster-admin).");
  const lacking = Object.entries(resources).flatMap(([group, names]) =>
    names.map((name) => missingVerbs(api, group, name)),
  );
  const missing = (await Promise.all(lacking)).filter((text) => text !== "");
  if (missing.length === 0) return ok("rights", "All that the stack needs.");
  return fail(
    "rights",
    `Missing: ${missing.join(", ")}.`,
    "Ask for these rights in the whole cluster, or for cluster-admin.",
  );
}

/** "create/patch configmaps", or nothing when all are there. */
async function missingVerbs(api: KubeApi, group: string, resource: string): Promise<string> {
  const allowed = await Promise.all(verbs.map((verb) => may(api, verb, group, resource)));
  const missing = verbs.filter((_, index) => !allowed[index]);
  return missing.length === 0 ? "" : `${missing.join("/")} ${resource}`;
}

async function may(api: KubeApi, verb: string, group: string, resource: string): Promise<boolean> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { verb, group, resource } },
  };
  const { status } = await api.create<{ status: { allowed: boolean } }>(
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    review,
  );
  return status.allowed;
}

async function checkOnNodes(api: KubeApi, features: readonly ConfiguredFeature[]): Promise<Check[]> {
  if (features.every(({ feature }) => !feature.doctor?.rivals)) return [];
  return checkRivals(await listOrNothing<NodeWorkload>(api, "/apis/apps/v1/daemonsets"), features);
}

async function checkCertificates(api: KubeApi): Promise<Check[]> {
  return certificateChecks((await listOrNothing<CertificateSecret>(api, SECRETS)) ?? [], new Date());
}

async function checkNodesOf(
  api: KubeApi,
  version: string,
  features: readonly ConfiguredFeature[],
): Promise<Check[]> {
  const nodes = await listOrNothing<Node>(api, "/api/v1/nodes");
  if (!nodes)
    return [
      warn(
        "nodes",
        "They may not be listed, so kernel and size could not be seen.",
        "Ask for the right to list nodes.",
      ),
    ];
  const pods = await listOrNothing<Pod>(api, "/api/v1/pods?fieldSelector=status.phase%3DRunning");
  return [checkDistribution(nodes, version), ...checkNodes(nodes, pods), ...checkKernelsOf(nodes, features)];
}

async function checkStorage(api: KubeApi): Promise<Check> {
  interface StorageClass {
    metadata: { name: string; annotations?: Record<string, string> };
  }
  const classes = await listOrNothing<StorageClass>(api, "/apis/storage.k8s.io/v1/storageclasses");
  if (!classes)
    return warn("storage", "StorageClasses may not be listed.", "Ask whether there is a default one.");
  const marked = classes.filter(
    ({ metadata }) => metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
  );
  if (marked.length > 0)
    return ok("storage", `Default StorageClass ${marked.map(({ metadata }) => metadata.name).join(", ")}.`);
  const names = classes.map(({ metadata }) => metadata.name).join(", ");
  return fail(
    "storage",
    `There is no default StorageClass${names ? ` among ${names}` : ""}, so the gateway's queue and Elasticsearch get no volume.`,
    `Mark one: kubectl annotate storageclass ${classes[0]?.metadata.name ?? "NAME"} storageclass.kubernetes.io/is-default-class=true`,
  );
}
