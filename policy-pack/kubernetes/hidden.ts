import { isCustom, type KubernetesObject } from "./object";
import { podsOf } from "./pods";
import { isTooDeep } from "./pods-by-shape";
import { at, isMap, listAt, type Path, textAt } from "./read";

/**
 * What a custom object brings about that policies can't see in it: each as words that follow the object's name. Told by
 * shape, since nobody knows all kinds.
 */
export function hiddenIn(object: KubernetesObject, objects: readonly KubernetesObject[]): string[] {
  if (!isCustom(object)) return [];
  if (isTooDeep(object.props)) return ["it is nested too deep to be read to its end"];
  const found = inside(object.props, []);
  const definition = found.length === 0 ? definitionOf(object, objects) : undefined;
  if (definition && podsOf(object).length === 0 && describesPods(at(definition.props, "spec", "versions")))
    found.push(
      "its definition has room for pods and it says nothing of them: what its operator runs is not seen",
    );
  return found;
}

const TOP = ["apiVersion", "kind", "metadata", "status"];

function inside(value: unknown, path: Path): string[] {
  if (typeof value === "string")
    return isManifestText(value) ? [`${path.join(".")} is a text that describes objects or pods`] : [];
  if (Array.isArray(value)) return listAt(value).flatMap((item, index) => inside(item, [...path, index]));
  if (!isMap(value)) return [];
  const own = [
    ...(path.length > 0 && isObject(value)
      ? [`${path.join(".")} is a ${textAt(value, "kind")}, of which only the pods are judged`]
      : []),
    ...SOURCES.filter((key) => isSource(value[key])).map(
      (key) =>
        `${[...path, key].join(".")} names a chart or a repository, whose objects are made in the cluster`,
    ),
  ];
  const keys = Object.keys(value).filter((key) => path.length > 0 || !TOP.includes(key));
  return [...own, ...keys.flatMap((key) => inside(value[key], [...path, key]))];
}

/** Where GitOps and chart controllers say what they install. */
const SOURCES = ["chart", "chartRef", "helmChart", "repoURL", "sourceRef"];

function isSource(value: unknown): boolean {
  return isMap(value) || (typeof value === "string" && value !== "");
}

/** A whole object inside of another; a reference to one has a name and no metadata. */
function isObject(value: unknown): boolean {
  return (
    textAt(value, "apiVersion") !== undefined &&
    textAt(value, "kind") !== undefined &&
    isMap(at(value, "metadata") ?? at(value, "spec"))
  );
}

const POD_FIELD =
  /^[ \t{,-]{0,200}["']?(containers|initContainers|hostPath|hostNetwork|hostPID|securityContext)["']?\s*:/m;

/** YAML or JSON of objects or of parts of pods, as patches and templates are written. */
function isManifestText(text: string): boolean {
  if (/^[ \t]*apiVersion:\s/m.test(text) && /^[ \t]*kind:\s/m.test(text)) return true;
  return POD_FIELD.test(text) || /["'](containers|hostPath|securityContext)["']\s*:\s*[[{]/.test(text);
}

function definitionOf(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
): KubernetesObject | undefined {
  return objects.find(
    ({ kind, props }) =>
      kind === "CustomResourceDefinition" &&
      textAt(props, "spec", "group") === object.group &&
      textAt(props, "spec", "names", "kind") === object.kind,
  );
}

const POD_PROPERTIES = ["containers", "podTemplate", "hostNetwork", "podSpec"];

/** True for a schema that somewhere has what pods are made of. */
function describesPods(schema: unknown): boolean {
  if (Array.isArray(schema)) return listAt(schema).some(describesPods);
  if (!isMap(schema)) return false;
  const properties = at(schema, "properties");
  if (isMap(properties)) {
    if (POD_PROPERTIES.some((key) => isMap(properties[key]))) return true;
    if (isMap(properties["image"]) && isMap(properties["resources"])) return true;
  }
  return Object.values(schema).some(describesPods);
}
