import { hash } from "node:crypto";
import type { ObjectMeta, OwnerReference, Subject, Vulnerability } from "./types";

/** 132 bits of SHA-256: no two of a billion findings share an id, and the id takes little of the index. */
const ID_LENGTH = 22;

/** A short stable name of a list of texts. */
export function fingerprint(parts: readonly string[]): string {
  return fingerprintText(JSON.stringify(parts));
}

/** A short stable name of a text. */
export function fingerprintText(text: string): string {
  return hash("sha256", text, "base64url").slice(0, ID_LENGTH);
}

/** The workload that a report says it is about: its owner, which bears the full name even when labels can't. */
export function reportedWorkload(metadata: ObjectMeta): { kind: string; name: string } {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  if (owner) return { kind: owner.kind, name: owner.name };
  const { labels = {}, annotations = {} } = metadata;
  const key = "trivy-operator.resource.name";
  return {
    kind: labels["trivy-operator.resource.kind"] ?? "Unknown",
    name: labels[key] ?? annotations[key] ?? metadata.name,
  };
}

/**
 * @param owner What made the reported workload. A Deployment has a new ReplicaSet, and so a new report, with
 * every rollout: the findings are the Deployment's.
 */
export function subjectOf(metadata: ObjectMeta, owner: OwnerReference | undefined, cluster: string): Subject {
  const { kind, name } = owner ?? reportedWorkload(metadata);
  const { namespace } = metadata;
  const container = metadata.labels?.["trivy-operator.container.name"] ?? "";
  const id = fingerprint(["report", cluster, namespace, kind, name, container]);
  return { id, namespace, workload: { kind, name }, container };
}

/**
 * Id of a finding, from what stays when trivy-operator makes the report anew: never the report's UID or time,
 * nor the score, which changes with the vendor that Trivy takes it from.
 */
export function findingId(subject: Subject, repository: string, finding: Vulnerability): string {
  const { vulnerabilityID, resource = "", installedVersion = "", packagePath = "" } = finding;
  const artifact = packageOf(finding) ?? resource;
  return fingerprint([
    "finding",
    subject.id,
    repository,
    vulnerabilityID,
    artifact,
    installedVersion,
    packagePath,
  ]);
}

// The qualifiers of a package URL name the distribution's point release: they change while the package stays.
function packageOf({ packagePURL }: Vulnerability): string | undefined {
  return packagePURL ? packagePURL.split(/[?#]/)[0] : undefined;
}
