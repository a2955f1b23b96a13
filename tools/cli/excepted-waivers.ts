import type { Exception } from "../../components/core/config/exceptions-schema";
import { looksAt } from "../../policy-pack/admission/judged-by-rule";
import { addressOf } from "../../policy-pack/kubernetes/object";
import { type Path, textAt, textMapAt } from "../../policy-pack/kubernetes/read";
import { WAIVERS_KEY, type Waiver } from "../../policy-pack/pack/waivers";
import type { AppliedPolicy } from "../../policy-pack/pack/without-engine";
import { policyOfRule } from "../../policy-pack/policies/admission-rules";

/**
 * Policies that know what `exceptions` of a stack say of admission rules, which nobody is to write twice: the policy that holds
 * the same as a rule has a waiver for each object that the rule lets be, with the entry's reason, owner and last day.
 * @param namespace Of objects that name none.
 */
export function withExceptions(
  policies: readonly AppliedPolicy[],
  exceptions: readonly Exception[],
  manifests: readonly object[],
  namespace: string,
): AppliedPolicy[] {
  return policies.map(({ policy, level, settings }) => {
    const own = exceptions.filter(({ admission }) => admission && policyOfRule(admission) === policy.name);
    const waivers = own.flatMap((exception) =>
      manifests
        .filter((manifest) => isExcepted(manifest, exception, namespace))
        .map((manifest) => waiverOf(manifest, exception)),
    );
    if (waivers.length === 0) return { policy, level, settings };
    const given = settings[WAIVERS_KEY];
    const all = [...(Array.isArray(given) ? given : []), ...waivers];
    return { policy, level, settings: { ...settings, [WAIVERS_KEY]: all } };
  });
}

/** As the rule's own text has it (`celOf`): by the namespace and the labels of the pods. */
function isExcepted(
  manifest: object,
  { admission, namespace, labels = {} }: Exception,
  otherwise: string,
): boolean {
  if (admission === undefined || !looksAt(admission, manifest)) return false;
  if ((textAt(manifest, "metadata", "namespace") ?? otherwise) !== namespace) return false;
  const own = textMapAt(manifest, ...templateIn(textAt(manifest, "kind")), "metadata", "labels");
  return Object.entries(labels).every(([key, value]) => own[key] === value);
}

function templateIn(kind: string | undefined): Path {
  if (kind === "Pod") return [];
  return kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
}

function waiverOf(manifest: object, { reason, owner, until }: Exception): Waiver {
  const text = (...path: string[]) => textAt(manifest, ...path);
  const named = {
    kind: text("kind") ?? "",
    namespace: text("metadata", "namespace"),
    name: text("metadata", "name") ?? "unnamed",
  };
  return { resource: addressOf(named), reason, owner, expires: until };
}
