import { PART_OF } from "./labels";

/** An object as a manifest names it. */
export interface ObjectName {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string | undefined };
}

/** What the API server tells of an object without its content. */
export interface ObjectMetadata {
  metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    managedFields?: readonly { manager?: string }[];
  };
}

/** All objects of a kind by the path of their list; undefined where the cluster does not have the kind. */
export type ListObjects = (path: string) => Promise<readonly ObjectMetadata[] | undefined>;

/** Of an object that is not the stack's. */
export interface ForeignObject {
  /** As people write it: "Namespace monitoring", "Secret keys in security-pipeline". */
  title: string;
  /** Who wrote it first, by its own word: "helm", "kubectl-create". */
  madeBy: string | undefined;
}

/**
 * Objects of a cluster that are not the stack's. One list for each kind and namespace that is asked for, without
 * the objects' content, and none for a namespace that is not there.
 */
export class ClusterObjects {
  private readonly lists = new Map<string, ReturnType<ListObjects>>();

  constructor(private readonly list: ListObjects) {}

  /** The object where it exists and is not the stack's; undefined where there is none, or it is the stack's. */
  async foreign(object: ObjectName): Promise<ForeignObject | undefined> {
    const { name, namespace } = object.metadata;
    if (namespace !== undefined && !(await this.hasNamespace(namespace))) return undefined;
    const found = (await this.listed(listPath(object)))?.find(({ metadata }) => metadata.name === name);
    if (!found || isOfStack(found)) return undefined;
    return { title: titleOf(object), madeBy: found.metadata.managedFields?.[0]?.manager };
  }

  /**
   * Objects of a kind that others wrote, where the kind is the stack's and goes with it, as kubectl names them.
   * @param kind Resource, version and group: "tracingpolicies.v1alpha1.cilium.io".
   */
  async foreignOfKind(kind: string): Promise<string[]> {
    const [resource, version, ...group] = kind.split(".");
    const title = [resource, ...group].join(".");
    const definition = (await this.listed(DEFINITIONS))?.find(({ metadata }) => metadata.name === title);
    if (!definition || !isOfStack(definition) || isKept(definition)) return [];
    const objects = await this.listed(`/apis/${group.join(".")}/${version}/${resource}`);
    return (objects ?? [])
      .filter((object) => !isOfStack(object))
      .map(({ metadata: { name, namespace } }) => titleOf({ kind: title, metadata: { name, namespace } }));
  }

  private async hasNamespace(name: string): Promise<boolean> {
    const namespaces = await this.listed("/api/v1/namespaces");
    return namespaces?.some(({ metadata }) => metadata.name === name) ?? false;
  }

  private listed(path: string): ReturnType<ListObjects> {
    const known = this.lists.get(path);
    if (known) return known;
    const asked = this.list(path);
    this.lists.set(path, asked);
    return asked;
  }
}

/** "Secret keys in security-pipeline". */
export function titleOf({ kind, metadata: { name, namespace } }: Omit<ObjectName, "apiVersion">): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${name} in ${namespace}`;
}

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** By its chart's word, which Pulumi follows (pulumi-kubernetes, provider/pkg/provider/helm/v4/chart.go). */
function isKept({ metadata: { annotations = {} } }: ObjectMetadata): boolean {
  return annotations["helm.sh/resource-policy"] === "keep";
}

function isOfStack({ metadata: { labels = {} } }: ObjectMetadata): boolean {
  return (
    labels["app.kubernetes.io/part-of"] === PART_OF && labels["app.kubernetes.io/managed-by"] === "pulumi"
  );
}

/** Path of the API server for the list that the object is in. */
export function listPath({ apiVersion, kind, metadata: { namespace } }: ObjectName): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${pluralOf(kind)}`;
}

/** As Kubernetes guesses it (apimachinery, pkg/api/meta/restmapper.go: UnsafeGuessKindToResource), but for "gateways". */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular === "endpoints") return singular;
  if (singular.endsWith("s")) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
