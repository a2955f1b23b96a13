import { ApiError, type KubeApi } from "../../dev/cluster/api";
import { type Check, ok, warn } from "./finding";
import type { Node } from "./nodes";

/** The pinned osquery image is for one architecture only (components/core/tables/pins.ts); the others are for amd64 and arm64. */
export function checkArchitecture(nodes: readonly Node[]): Check {
  const architecture = (node: Node) => node.status?.nodeInfo?.architecture ?? "unknown";
  const others = nodes.filter((node) => architecture(node) !== "amd64");
  if (others.length === 0) return ok("architecture", "amd64.");
  const listed = others.map((node) => `${node.metadata.name} ${architecture(node)}`).join(", ");
  return warn(
    "architecture",
    `osquery's image runs on amd64 only; not so: ${listed}.`,
    "Build one with components/osquery/Containerfile and set security-stack:override.osquery.image, or switch osquery off.",
  );
}

/** CRDs that another installation of the same tool would bring, by the feature that brings them here. */
const CRDS: Readonly<Record<string, string>> = {
  elastic: "elasticsearches.elasticsearch.k8s.elastic.co",
  tetragon: "tracingpolicies.cilium.io",
  trivy: "vulnerabilityreports.aquasecurity.github.io",
};
const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Two installations of one operator would fight over its CRDs, and report everything twice. */
export async function checkOtherInstallations(api: KubeApi): Promise<Check> {
  const found = await Promise.all(
    Object.entries(CRDS).map(async ([feature, crd]) =>
      (await isForeign(api, crd)) ? [{ feature, crd }] : [],
    ),
  );
  const foreign = found.flat();
  if (foreign.length === 0) return ok("sensors", "No other installation of ECK, Tetragon or trivy-operator.");
  const toggles = foreign.map(({ feature }) => `security-stack:toggle.${feature} false`).join(" and ");
  return warn(
    "sensors",
    `There already, and not of this stack: CRD ${foreign.map(({ crd }) => crd).join(", ")}.`,
    `Remove the other installation, or set ${toggles}.`,
  );
}

async function isForeign(api: KubeApi, crd: string): Promise<boolean> {
  try {
    const { metadata } = await api.get<{ metadata: { labels?: Record<string, string> } }>(`${PATH}/${crd}`);
    return metadata.labels?.["app.kubernetes.io/part-of"] !== "security-stack";
  } catch (error) {
    // Not there, or not to be seen; the check of rights says the latter.
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return false;
    throw error;
  }
}
