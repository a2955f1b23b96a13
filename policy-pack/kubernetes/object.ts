import { textAt, textMapAt } from "./read";
import { ifKnown } from "./unknown";

/** A resource of the Kubernetes provider, as policies see it. */
export interface KubernetesObject {
  urn: string;
  /** "apps/v1", "v1", "cilium.io/v1alpha1". */
  apiVersion: string;
  /** "apps", "" for the core API. */
  group: string;
  kind: string;
  name: string;
  namespace: string | undefined;
  /** Its inputs in a resource policy, its outputs in a stack policy. */
  props: Record<string, unknown>;
  /** Pulumi refuses to delete it. */
  protect: boolean;
  /** URN of the resource that it is a part of. */
  parent: string | undefined;
}

interface PulumiResource {
  type: string;
  urn: string;
  name: string;
  props: Record<string, unknown>;
  opts: { protect?: boolean; parent?: string };
}

// Without a version it is no API: "kubernetes:yaml:ConfigFile".
const TYPE = /^kubernetes:(?:(.+)\/)?(v\d[^/:]*):([^/:]+)$/;

/** The object behind a Pulumi resource; undefined for what the Kubernetes provider does not make. */
export function toKubernetesObject(resource: PulumiResource): KubernetesObject | undefined {
  const match = TYPE.exec(resource.type);
  if (!match) return undefined;
  const [, typeGroup = "", version = "", kind = ""] = match;
  const group = typeGroup === "core" ? "" : typeGroup;
  return {
    urn: resource.urn,
    apiVersion: group ? `${group}/${version}` : version,
    group,
    kind,
    // A name that a preview does not know must not keep the rest of the object from being judged.
    name: ifKnown(() => textAt(resource.props, "metadata", "name"), undefined) ?? resource.name,
    namespace: ifKnown(() => textAt(resource.props, "metadata", "namespace"), undefined),
    props: resource.props,
    protect: resource.opts.protect === true,
    parent: resource.opts.parent,
  };
}

/** The namespace that the object lands in. Kubernetes takes "default" where none is written. */
export function namespaceOf(object: KubernetesObject): string {
  return object.namespace || "default";
}

export function labelsOf(object: KubernetesObject): Record<string, string> {
  return textMapAt(object.props, "metadata", "labels");
}

export function annotationsOf(object: KubernetesObject): Record<string, string> {
  return textMapAt(object.props, "metadata", "annotations");
}

/** `Kind/namespace/name`, or `Kind/name` without a namespace: how waivers and messages name an object. */
export function addressOf(object: Pick<KubernetesObject, "kind" | "namespace" | "name">): string {
  return [object.kind, object.namespace, object.name].filter((part) => part !== undefined).join("/");
}

/** True for what a chart or a manifest of others made: its labels and names are theirs. */
export function isOfOthers(object: KubernetesObject): boolean {
  return OF_OTHERS.test(object.urn);
}

const OF_OTHERS =
  /kubernetes:(helm\.sh\/v\d+:Chart|yaml(\/v\d+)?:Config(File|Group)|kustomize(\/v\d+)?:Directory)\$/;

// API groups of Kubernetes itself (kubernetes/kubernetes, staging/src/k8s.io/api), and those that are no API
// but ways of the Pulumi provider to make objects.
const BUILT_IN = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "auditregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "settings.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);
const PROVIDER_OWN = new Set(["helm.sh", "yaml", "kustomize"]);

/** True for an object whose kind some CustomResourceDefinition defines. */
export function isCustom(object: Pick<KubernetesObject, "group">): boolean {
  return !BUILT_IN.has(object.group) && !PROVIDER_OWN.has(object.group);
}
