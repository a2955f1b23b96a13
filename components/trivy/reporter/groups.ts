import { forEachLimited } from "./concurrency";
import { reportedWorkload } from "./identity";
import type { Cluster } from "./kubernetes";
import type { Ledger } from "./ledger";
import type { ReportKind } from "./report-kind";
import type { ObjectMeta, OwnerReference, Subject } from "./types";

/** A report at a version, as the ledger notes it. */
export function sourceOf(report: { name: string; resourceVersion: string }): string {
  return `${report.name}@${report.resourceVersion}`;
}

/** The reports that are there now, by what they are about. */
export interface Group {
  subject: Subject;
  reports: { name: string; resourceVersion: string }[];
}

const LOOKUPS_AT_ONCE = 8;

/**
 * Groups reports by subject. Who owns a ReplicaSet is asked of the API server only for reports that the ledger
 * does not know: the name of a report says which ReplicaSet it is about, and that never changes its owner.
 */
export async function groupReports(
  cluster: Cluster,
  kind: ReportKind,
  ledger: Ledger,
  clusterName: string,
): Promise<Map<string, Group>> {
  const reports = await cluster.listReports(kind.resources);
  const known = knownReports(ledger);
  const unknown = reports.filter((metadata) => !known.has(keyOf(metadata.namespace, metadata.name)));
  const owners = kind.hasOwners ? await findOwners(cluster, unknown) : new Map<string, undefined>();
  const groups = new Map<string, Group>();
  for (const metadata of reports) {
    const { namespace, name, resourceVersion } = metadata;
    const subject =
      known.get(keyOf(namespace, name)) ??
      kind.subjectOf(metadata, owners.get(workloadKey(metadata)), clusterName);
    const group = groups.get(subject.id) ?? { subject, reports: [] };
    group.reports.push({ name, resourceVersion });
    groups.set(subject.id, group);
  }
  return groups;
}

function knownReports(ledger: Ledger): Map<string, Subject> {
  const known = new Map<string, Subject>();
  for (const { subject, sources } of ledger.values())
    for (const source of sources) known.set(keyOf(subject.namespace, source.split("@")[0]!), subject);
  return known;
}

async function findOwners(
  cluster: Cluster,
  reports: readonly ObjectMeta[],
): Promise<Map<string, OwnerReference | undefined>> {
  const owners = new Map<string, OwnerReference | undefined>();
  const workloads = new Map(reports.map((metadata) => [workloadKey(metadata), metadata]));
  await forEachLimited(workloads, LOOKUPS_AT_ONCE, async ([key, metadata]) => {
    const { kind, name } = reportedWorkload(metadata);
    owners.set(key, await cluster.ownerOf(metadata.namespace ?? "", kind, name));
  });
  return owners;
}

function workloadKey(metadata: ObjectMeta): string {
  const { kind, name } = reportedWorkload(metadata);
  return keyOf(metadata.namespace, `${kind}/${name}`);
}

/** Of what is in no namespace too. */
function keyOf(namespace = "", name: string): string {
  return `${namespace}/${name}`;
}
