import { isExpression } from "./images";
import { type KubernetesObject, labelsOf } from "./object";
import type { Pods } from "./pod-templates";
import { at, isMap, listAt, type Path, textAt, textMapAt } from "./read";
import { ifKnown } from "./unknown";

// Custom objects say in many ways what pods they make, and no list has them all. What they share is how Kubernetes
// itself writes pods: lists of containers, an image beside what runs it, security contexts, volumes and namespaces
// of the node. So every map of the object is judged by its shape, whatever its key.

/** Deeper than any real object. */
const MAX_DEPTH = 40;

type Spec = Record<string, unknown>;

/** Pods that a custom object describes, at every place of it. */
export function podsByShape(owner: KubernetesObject): Pods[] {
  return inside(owner, owner.props, [], []);
}

/** True for an object that goes deeper than pods are looked for in it. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  const parts = Array.isArray(value) ? listAt(value) : Object.values(value);
  return parts.some((part) => isTooDeep(part, depth + 1));
}

/** At the top of an object. */
const NO_PODS = ["apiVersion", "kind", "metadata", "status"];

function inside(owner: KubernetesObject, here: unknown, path: Path, above: readonly Spec[]): Pods[] {
  if (path.length > MAX_DEPTH) return [];
  if (Array.isArray(here))
    return listAt(here).flatMap((item, index) => inside(owner, item, [...path, index], above));
  if (!isMap(here)) return [];
  const place = placeAt(here, path);
  const found = place ? [podsAt(owner, place.spec, here, path, above)] : [];
  const skipped = path.length === 0 ? NO_PODS : (place?.judged ?? []);
  const keys = Object.keys(here).filter((key) => !skipped.includes(key));
  return [...found, ...keys.flatMap((key) => inside(owner, here[key], [...path, key], [...above, here]))];
}

/** The spec of the pods that a map describes, as Kubernetes would write it, and the keys that are judged with it. */
function placeAt(here: Spec, path: Path): { spec: Spec; judged: string[] } | undefined {
  const keys = Object.keys(here);
  const containerKeys = keys.filter((key) => CONTAINERS.test(key) && listAt(here, key).some(isContainerItem));
  const volumeKeys = keys.filter((key) => listAt(here, key).some((item) => isMap(at(item, "hostPath"))));
  const paths = keys.filter((key) => isNodePath(key, here[key]));
  const self = isContainer(here, path, containerKeys.length > 0) ? [selfOf(here, path)] : [];
  const sharesNode = NODE_NAMESPACES.some((field) => at(here, field) === true);
  const evidence = [...containerKeys, ...volumeKeys, ...paths, ...self];
  if (evidence.length === 0 && !sharesNode && !isPodTemplate(path)) return undefined;
  const lists = (role: RegExp) =>
    containerKeys.filter((key) => role.test(key)).flatMap((key) => listAt(here, key));
  const allVolumes = [...new Set([...volumeKeys, ...keys.filter((key) => /volumes$/i.test(key))])];
  const spec = {
    ...here,
    securityContext: here["podSecurityContext"] ?? here["securityContext"],
    containers: [...self, ...lists(MAIN)],
    initContainers: lists(/^init/i),
    ephemeralContainers: lists(/^ephemeral/i),
    volumes: [
      ...allVolumes.flatMap((key) => listAt(here, key)),
      ...paths.map((key) => nodePath(key, here[key])),
    ],
  };
  return { spec, judged: [...containerKeys, ...allVolumes, ...keys.filter((key) => PARTS.test(key))] };
}

const CONTAINERS = /(containers|sidecars)$|^steps$/i;
const MAIN = /^(?!init|ephemeral)/i;
const NODE_NAMESPACES = ["hostNetwork", "hostPID", "hostIPC"];

/** Parts of a pod or a container, in which there are no further pods. */
const PARTS =
  /^(resources|env|envFrom|args|command|ports|affinity|tolerations|nodeSelector|image|hostPath)$|(volumeMounts|securityContext|Probe)$/i;

/** An operator's pods, whose object may leave out what is checked. */
function isPodTemplate(path: Path): boolean {
  return path.at(-1) === "spec" && /podTemplate$/i.test(String(path.at(-2)));
}

// Policy engines write patterns where others write containers: a name of "*", an image of "!*:latest".
function isContainerItem(value: unknown): boolean {
  if (!isMap(value)) return false;
  return ifKnown(() => {
    const name = textAt(value, "name");
    const image = textAt(value, "image");
    if (name !== undefined && !NAME.test(name) && !isExpression(name)) return false;
    if (image !== undefined) return isImage(image);
    return name !== undefined && CONTAINER_FIELDS.some((field) => field in value);
  }, true);
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const IMAGE = /^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]*)?(@[\w:]+)?$/;

function isImage(text: string): boolean {
  return IMAGE.test(text) || isExpression(text);
}

const CONTAINER_FIELDS = [
  "args",
  "command",
  "containerSecurityContext",
  "env",
  "envFrom",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "volumeMounts",
];

/** Beside an image these show that it is run and not only named. */
const RUNNING = [
  ...CONTAINER_FIELDS,
  ...NODE_NAMESPACES,
  "imagePullPolicy",
  "imagePullSecrets",
  "nodeSelector",
  "podSecurityContext",
  "replicas",
  "source",
  "tolerations",
  "volumes",
];

const CONTEXTS = ["securityContext", "containerSecurityContext", "podSecurityContext"];

/** What becomes a container itself: an image with what runs it or under `container`, anything privileged, a security context without containers. */
function isContainer(here: Spec, path: Path, hasContainers: boolean): boolean {
  // In patterns of policy engines every value is a text: privileged: "false".
  const contexts = CONTEXTS.filter(
    (key) => isMap(here[key]) && Object.values(here[key]).some((value) => typeof value !== "string"),
  );
  if (here["privileged"] === true || contexts.some((key) => at(here, key, "privileged") === true))
    return true;
  if (!hasContainers && contexts.length > 0) return true;
  if (imageOf(here) === undefined) return false;
  return path.at(-1) === "container" || RUNNING.some((field) => here[field] !== undefined);
}

function selfOf(here: Spec, path: Path): Spec {
  const context = here["containerSecurityContext"] ?? here["securityContext"];
  const privileged = here["privileged"] === true ? { privileged: true } : {};
  return {
    ...here,
    name: textAt(here, "name") ?? String(path.filter((key) => typeof key === "string").at(-1) ?? ""),
    image: imageOf(here),
    securityContext: isMap(context) ? { ...context, ...privileged } : privileged,
  };
}

/** An image as operators take it: whole, or in parts beside each other or in a map. */
function imageOf(here: Spec): string | undefined {
  const parts = isMap(here["image"]) ? here["image"] : here;
  const name =
    textAt(parts, "image") ??
    (parts === here ? undefined : (textAt(parts, "repository") ?? textAt(parts, "name")));
  if (name === undefined || !isImage(name)) return undefined;
  const registry =
    textAt(parts, "registry") ?? (name.includes("/") ? undefined : textAt(parts, "repository"));
  const full = registry !== undefined && registry !== name ? `${registry}/${name}` : name;
  if (/[:@][^/]*$/.test(full)) return full;
  const [tag, digest] = [textAt(parts, "tag") ?? textAt(parts, "version"), textAt(parts, "digest")];
  return `${full}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}

/** A path of the node by its name alone, `dataDirHostPath: /var/lib/store`, or a volume's source outside of a list. */
function isNodePath(key: string, value: unknown): boolean {
  if (!/hostPath$/i.test(key)) return false;
  return isMap(value)
    ? textAt(value, "path") !== undefined
    : typeof value === "string" && /^([/\\]|[a-z]:)/i.test(value);
}

function nodePath(key: string, value: unknown): Spec {
  return { name: key, hostPath: isMap(value) ? value : { path: value } };
}

function podsAt(owner: KubernetesObject, spec: Spec, here: Spec, path: Path, above: readonly Spec[]): Pods {
  const template = path.at(-1) === "spec" && isTemplate(path, above.at(-1)) ? above.at(-1) : undefined;
  const holder = (template && above.at(-2)) ?? here;
  // Where every container has its image the template is whole: what it leaves out Kubernetes fills in, no operator.
  const containers = listAt(here, "containers");
  const whole = template !== undefined && containers.length > 0 && containers.every(hasImage);
  const own = textMapAt(template, "metadata", "labels");
  return {
    owner,
    labels: whole ? own : { ...labelsOf(owner), ...own },
    annotations: textMapAt(template, "metadata", "annotations"),
    spec,
    placement: isPerNode(owner, holder) ? "node" : replicasOf(holder),
    longRunning: !endsByItself(owner, spec),
    partial: !whole,
    where: (template ? path.slice(0, -2) : path).join("."),
  };
}

function hasImage(container: unknown): boolean {
  return ifKnown(() => textAt(container, "image") !== undefined, true);
}

/** A template's spec has the pods' labels beside it, and around it their number; so has a Pod in a list of objects. */
function isTemplate(path: Path, around: unknown): boolean {
  return /template$/i.test(String(path.at(-2))) || textAt(around, "kind") === "Pod";
}

function isPerNode(owner: KubernetesObject, holder: Spec): boolean {
  const ways = [owner.kind, ...["mode", "type", "kind"].map((key) => textAt(holder, key) ?? "")];
  return ways.some((way) => /daemon-?set$/i.test(way));
}

function replicasOf(holder: Spec): number {
  const count = Number(holder["count"] ?? holder["replicas"] ?? 1);
  return Number.isFinite(count) && count >= 0 ? count : 1;
}

/** Jobs of all sorts; other pods are restarted for ever unless they say otherwise. */
function endsByItself(owner: KubernetesObject, spec: Spec): boolean {
  const restart = textAt(spec, "restartPolicy");
  return restart === "Never" || restart === "OnFailure" || /(Job|Task|Run|Workflow|Build)$/.test(owner.kind);
}
