import { annotationsOf, isCustom, type KubernetesObject } from "./object";
import { isMap } from "./read";

/** Annotation of an object whose data nobody will miss; its value is the reason. */
export const DISPOSABLE = "security-stack/disposable-data";

/**
 * True for an object whose deletion loses data: a claim on a volume, and a custom object that has claims made for
 * it. A StatefulSet's claims stay when it goes, unless it says otherwise.
 */
export function holdsData(object: KubernetesObject): boolean {
  if (annotationsOf(object)[DISPOSABLE]) return false;
  if (object.kind === "PersistentVolumeClaim" && object.group === "") return true;
  return isCustom(object) && claimTemplatesIn(object.props);
}

const MAX_DEPTH = 8;

/** True where operators keep templates of claims, at whatever place of their spec. */
export function claimTemplatesIn(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => claimTemplatesIn(item, depth + 1));
  if (!isMap(value)) return false;
  const templates = value["volumeClaimTemplates"];
  if (Array.isArray(templates) && templates.length > 0) return true;
  return Object.values(value).some((part) => claimTemplatesIn(part, depth + 1));
}
