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
  const { namespace = "" } = metadata;
  const container = metadata.labels?.["trivy-operator.container.name"] ?? "";
  const id = fingerprint(["report", cluster, namespace, kind, name, container]);
  return { id, namespace, workload: { kind, name }, container };
}

/** "Deployment shop/web", "ClusterRole admin". */
export function nameOf({ namespace, workload }: Subject): string {
  return `${workload.kind} ${namespace ? `${namespace}/` : ""}${workload.name}`;
}

/**
 * Id of a finding, from what stays when trivy-operator replaces the report: never the report's UID or time,
 * nor the score, which changes with the vendor that Trivy takes it from.
 */
export function findingId(subject: Subject, repository: string, finding: Vulnerability): string {
  const target = targetOf(finding);
  const parts = withoutTarget(subject, repository, finding);
  return fingerprint(target ? [...parts, target] : parts);
}

/**
 * The id under which a finding may have been stored while reports named no target, or were read without it: one for
 * all targets of an image. Undefined where that is its id still.
 */
export function idWithoutTarget(
  subject: Subject,
  repository: string,
  finding: Vulnerability,
): string | undefined {
  return targetOf(finding) && fingerprint(withoutTarget(subject, repository, finding));
}

function withoutTarget(subject: Subject, repository: string, finding: Vulnerability): string[] {
  const { vulnerabilityID, resource = "", installedVersion = "", packagePath = "" } = finding;
  const artifact = packageOf(finding) ?? resource;
  return ["finding", subject.id, repository, vulnerabilityID, artifact, installedVersion, packagePath];
}

/**
 * Where in the image the package was found: the same one may lie there several times. Packages of the operating system
 * are there once, and their target names tag and point release, which change (Trivy pkg/scan/ospkg/scan.go).
 */
export function targetOf({ class: kind, target }: Vulnerability): string | undefined {
  return kind === "os-pkgs" ? undefined : target || undefined;
}

// The qualifiers of a package URL name the distribution's point release: they change while the package stays.
function packageOf({ packagePURL }: Vulnerability): string | undefined {
  return packagePURL ? packagePURL.split(/[?#]/)[0] : undefined;
}
