import type {
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import { PART_OF } from "../../components/kubernetes/labels";
import { isMap, textAt } from "../kubernetes/read";
import { type Surroundings, toPulumiPolicy } from "./adapter";
import type { Level, Policy } from "./policy";

/** What a policy says of a manifest, or of all of them together. */
export interface Judgement {
  policy: Policy;
  /** What it does in a preview: a mandatory one stops it. Notes of what was not checked or is waived are advisory. */
  level: "mandatory" | "advisory";
  message: string;
}

/** A policy with its level and its settings, as an environment's file has them. */
export interface AppliedPolicy {
  policy: Policy;
  level: Level;
  settings: Record<string, unknown>;
}

/**
 * Judges manifests by policies, through the very functions that the Pulumi engine calls. Without an engine there are no
 * resource options and no stack config: policies that need them must be left out.
 * @param today YYYY-MM-DD, for waivers.
 */
export function judgeManifests(
  manifests: readonly object[],
  policies: readonly AppliedPolicy[],
  today: string,
): Judgement[] {
  const surroundings: Surroundings = {
    today: () => today,
    stackConfig: () => undefined,
    levels: () => undefined,
  };
  const resources = manifests.map(toResource);
  return policies
    .filter(({ level }) => level !== "disabled")
    .flatMap((applied) => judgeBy(applied, resources, surroundings));
}

function judgeBy(
  { policy, level, settings }: AppliedPolicy,
  resources: readonly PolicyResource[],
  surroundings: Surroundings,
): Judgement[] {
  const found: Judgement[] = [];
  const pulumiPolicy = toPulumiPolicy(policy, surroundings);
  const common = { getConfig: () => settings, stackTags: new Map<string, string>(), notApplicable };
  const judged = level === "advisory" ? "advisory" : "mandatory";
  if (isStackPolicy(pulumiPolicy)) {
    pulumiPolicy.validateStack(
      { ...common, resources: [...resources] } as StackValidationArgs,
      reporter(found, policy, judged),
    );
    return found;
  }
  const { validateResource: validate, remediateResource: remediate } = pulumiPolicy;
  for (const resource of resources) {
    if (typeof validate !== "function") continue;
    const check = (props: object, level: Judgement["level"], into: Judgement[]) =>
      validate({ ...resource, ...common, props } as ResourceValidationArgs, reporter(into, policy, level));
    const own: Judgement[] = [];
    check(resource.props, judged, own);
    // What Pulumi would correct stops no preview.
    const copy = structuredClone(resource.props);
    const args = { ...resource, ...common, props: copy } as ResourceValidationArgs;
    if (own.length > 0 && level === "remediate" && remediate?.(args) !== undefined) {
      const left: Judgement[] = [];
      check(copy, judged, left);
      found.push(...left);
      for (const { message } of own)
        if (!left.some((other) => other.message === message))
          found.push({
            policy,
            level: "advisory",
            message: `${message}\n  note:    Pulumi corrects this by itself`,
          });
    } else found.push(...own);
  }
  return found;
}

/** No policy of the pack calls it. */
function notApplicable(reason?: string): never {
  throw new Error(`not applicable: ${reason}`);
}

function isStackPolicy(
  policy: ResourceValidationPolicy | StackValidationPolicy,
): policy is StackValidationPolicy {
  return "validateStack" in policy;
}

/** Messages that set a level of their own are notes (see `advise` of the adapter). */
function reporter(found: Judgement[], policy: Policy, level: Judgement["level"]): ReportViolation {
  return (said: unknown) => {
    const text = typeof said === "string" ? said : textAt(said, "message")?.split("\n").slice(1).join("\n");
    found.push({ policy, level: typeof said === "string" ? level : "advisory", message: text ?? "" });
  };
}

function toResource(manifest: object, index: number): PolicyResource {
  const apiVersion = textAt(manifest, "apiVersion") ?? "";
  const kind = textAt(manifest, "kind") ?? "";
  const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
  const name = textAt(manifest, "metadata", "name") ?? "unnamed";
  const isOurs = textAt(manifest, "metadata", "labels", "app.kubernetes.io/part-of") === PART_OF;
  const around = isOurs ? "" : "kubernetes:yaml/v2:ConfigFile$";
  // In the order of the files: stack policies sort by it.
  const place = String(index).padStart(6, "0");
  const resource = {
    type,
    name,
    urn: `urn:pulumi:check::manifests::${around}${type}::${place}/${name}`,
    props: isMap(manifest) ? manifest : {},
    opts: { protect: false },
  };
  return resource as unknown as PolicyResource;
}
