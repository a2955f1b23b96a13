import { fingerprint, reportedWorkload } from "./identity";
import type { ReportKind } from "./report-kind";
import type { ObjectMeta, OwnerReference, ReportedScanner, Subject } from "./types";

/** What all kinds of report have in common whose findings go to the index of posture. */
export function posture(scanner: ReportedScanner): Pick<
  ReportKind,
  "scanner" | "index" | "root" | "rated"
> & {
  subjectOf: ReportKind["subjectOf"];
} {
  return {
    scanner,
    index: "posture",
    root: "finding",
    rated: false,
    subjectOf: (metadata, owner, cluster) => subjectOf(scanner, metadata, owner, cluster),
  };
}

/** Several scanners judge one object, and their reports come and go each by itself. */
function subjectOf(
  scanner: ReportedScanner,
  metadata: ObjectMeta,
  owner: OwnerReference | undefined,
  cluster: string,
): Subject {
  const { kind, name } = owner ?? reportedWorkload(metadata);
  const { namespace = "" } = metadata;
  const container = metadata.labels?.["trivy-operator.container.name"] ?? "";
  const id = fingerprint(["posture", scanner, cluster, namespace, kind, name, container]);
  return { id, namespace, workload: { kind, name }, container };
}

/** Where in the cluster the object is; of one in no namespace without any. */
export function resourceFields(
  { namespace, workload }: Subject,
  clusterName: string,
): Record<string, unknown> {
  return {
    labels: { security_tool: "trivy" },
    orchestrator: {
      type: "kubernetes",
      cluster: { name: clusterName },
      ...(namespace ? { namespace } : {}),
      resource: { name: workload.name, type: workload.kind },
    },
    ...(namespace ? { kubernetes: { namespace } } : {}),
  };
}
