import type { Document } from "yaml";
import { isCustom } from "../../policy-pack/kubernetes/object";
import { textAt } from "../../policy-pack/kubernetes/read";

/** Argo CD applies a wave when all of the one before it is healthy (argo-cd.readthedocs.io, Sync Phases and Waves). */
const ANNOTATION = "argocd.argoproj.io/sync-wave";

/** The kinds that the manifests' own definitions make: "ConstraintTemplate.templates.gatekeeper.sh". */
export function definedKinds(manifests: readonly unknown[]): Set<string> {
  return new Set(
    manifests
      .filter((manifest) => textAt(manifest, "kind") === "CustomResourceDefinition")
      .map((definition) =>
        [textAt(definition, "spec", "names", "kind"), textAt(definition, "spec", "group")].join("."),
      ),
  );
}

/**
 * When an object is applied, in the order in which the stack itself makes them: definitions of kinds and what everything else
 * is in (-1); Kubernetes' own objects, with the programs that judge custom objects or make something of them (0); custom
 * objects (1); objects of kinds that only one of those programs defines, from a template in the wave before (2).
 * @param defined See {@link definedKinds}.
 */
export function waveOf(manifest: unknown, defined: ReadonlySet<string>): -1 | 0 | 1 | 2 {
  const kind = textAt(manifest, "kind") ?? "";
  const [, group = ""] = /^(.+)\/[^/]+$/.exec(textAt(manifest, "apiVersion") ?? "") ?? [];
  if (FIRST.includes(kind)) return -1;
  if (!isCustom({ group })) return 0;
  return defined.has(`${kind}.${group}`) ? 1 : 2;
}

const FIRST: readonly string[] = ["CustomResourceDefinition", "Namespace", "PriorityClass"];

/** Notes the wave in the object; 0 is that of an object without a note, and one that is there stays. False where it did nothing. */
export function noteWave(document: Document, wave: number): boolean {
  const place = ["metadata", "annotations", ANNOTATION];
  if (wave === 0 || document.hasIn(place)) return false;
  document.setIn(place, String(wave));
  return true;
}
