import type { Feature } from "../../../components/core/contract/feature";
import { ApiError, type KubeApi } from "../../dev/cluster/api";
import { type Check, ok, warn } from "./finding";
import type { Node } from "./node";

/** Nodes whose architecture a feature's images are not made for. */
export function checkArchitecture(nodes: readonly Node[], features: readonly Feature[]): Check {
  const problems = features.flatMap((feature) => architectureProblem(nodes, feature));
  if (problems.length > 0)
    return warn(
      "architecture",
      problems.map(({ found }) => found).join(" "),
      problems.map(({ fix }) => fix).join(" "),
    );
  const all = [...new Set(nodes.map(architectureOf))].sort().join(", ");
  return ok("architecture", `${all}.`);
}

function architectureProblem(nodes: readonly Node[], { title, doctor }: Feature) {
  const { architectures } = doctor ?? {};
  if (!architectures) return [];
  const others = nodes.filter((node) => !architectures.names.includes(architectureOf(node)));
  if (others.length === 0) return [];
  const listed = others.map((node) => `${node.metadata.name} ${architectureOf(node)}`).join(", ");
  const made = architectures.names.join(" and ");
  return [{ found: `${title}'s image runs on ${made} only; not so: ${listed}.`, fix: architectures.fix }];
}

function architectureOf(node: Node): string {
  return node.status?.nodeInfo?.architecture ?? "unknown";
}

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Two installations of one operator would fight over its CRDs, and report everything twice. */
export async function checkOtherInstallations(api: KubeApi, features: readonly Feature[]): Promise<Check> {
  const brought = features.flatMap(({ name, doctor }) =>
    doctor?.crd ? [{ feature: name, crd: doctor.crd.name, installation: doctor.crd.installation }] : [],
  );
  const found = await Promise.all(brought.map(async (one) => ((await isForeign(api, one.crd)) ? [one] : [])));
  const foreign = found.flat();
  if (foreign.length === 0)
    return ok(
      "sensors",
      `No other installation of ${list(brought.map(({ installation }) => installation))}.`,
    );
  const toggles = foreign.map(({ feature }) => `security-stack:toggle.${feature} false`).join(" and ");
  return warn(
    "sensors",
    `There already, and not of this stack: CRD ${foreign.map(({ crd }) => crd).join(", ")}.`,
    `Remove the other installation, or set ${toggles}.`,
  );
}

function list(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names.join("");
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
