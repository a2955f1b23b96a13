import { envelopeSchema } from "../../components/core/config/envelope-schema";
import type { Settings } from "../../components/core/config/parse";
import { exceptedPods } from "../../components/core/contract/excepted-pods";
import { namespacesOf } from "../../components/core/contract/namespaces";
import { namespacesOfOthers } from "../../components/core/contract/users-namespaces";
import { plan } from "../../components/core/plan/plan";
import {
  POLICY_PREFIX,
  RULE_NAMES,
  type RuleName,
  rulesOf,
  type Stage,
} from "../../components/kubernetes/admission-rules";
import type { Manifest } from "../../components/kubernetes/manifest";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import {
  type AdmissionConfig,
  admissionSchema,
  scopeOf,
} from "../../components/pod-admission/admission-schema";
import { podAdmission } from "../../components/pod-admission/pod-admission-feature";
import { type Cel, denialOf } from "../../policy-pack/admission/evaluate-cel";
import { looksAt } from "../../policy-pack/admission/judged-by-rule";
import { textAt } from "../../policy-pack/kubernetes/read";
import { selects } from "../../policy-pack/kubernetes/selector";

/** What an admission rule says of an object: in the API server's own words, field, value, what is allowed and the fix. */
export interface Denial {
  rule: RuleName;
  /** What the cluster does about it. */
  stage: Stage;
  /** `Kind/namespace/name`. */
  object: string;
  message: string;
}

/** The admission rules as a stack has them in its cluster. */
export interface Admission {
  /** ValidatingAdmissionPolicies and their bindings. */
  policies: readonly Manifest[];
  rules: readonly RuleName[];
  /** Whose settings they have, for people. */
  of: string;
}

/**
 * The rules with the lists, stages and namespaces of a stack's config, whether or not it has them on; with the defaults
 * where there is none.
 * @param of Whose settings they are, for people.
 * @param stage Of every rule everywhere, in place of the config's.
 */
export function admissionOf(of: string, settings?: Settings, stage?: Stage): Admission {
  const { config, leftOut, inMesh } = settings ? configOf(settings) : defaults();
  const rules = rulesOf(scopeOf(config));
  const { excepted } = exceptedPods(settings?.exceptions.current ?? [], rules);
  const off = RULE_NAMES.filter((rule) => config.rules[rule] === "off");
  const asked = stage && {
    stage,
    rules: Object.fromEntries(off.map((rule) => [rule, "off" as const])),
    namespaces: {},
  };
  const policies = admissionManifests({ ...config, ...asked }, leftOut, inMesh, excepted);
  return { policies, rules, of };
}

interface Configured {
  config: AdmissionConfig;
  /** Namespaces of Kubernetes and of the stack. */
  leftOut: string[];
  /** Those of them that the stack has in its mesh. */
  inMesh: string[];
}

function defaults(): Configured {
  const global = envelopeSchema.shape.global.parse({ clusterName: "any" });
  const leftOut = namespacesOfOthers({ namespaces: namespacesOf(global), contributions: [] });
  return { config: admissionSchema.parse({}), leftOut, inMesh: [] };
}

function configOf(settings: Settings): Configured {
  const { namespaces, features } = plan(settings);
  const own = settings.features.find(({ feature }) => feature === podAdmission);
  const config = admissionSchema.parse(own?.bound?.config ?? {});
  // A rule by which another feature refuses: there too the object would not get in.
  const others = features.filter(({ name }) => name !== podAdmission.name);
  const refused = others.flatMap(({ contribution }) => contribution.enforces ?? []);
  const rules = { ...config.rules, ...Object.fromEntries(refused.map((rule) => [rule, "deny" as const])) };
  const leftOut = namespacesOfOthers({ namespaces, contributions: features });
  const inMesh = features.flatMap(({ contribution }) => contribution.mesh?.own ?? []);
  return { config: { ...config, rules }, leftOut, inMesh };
}

/**
 * What the API server would say of manifests that are created. What it fills in by itself, such as requests from limits of a
 * bare Pod, is not known here.
 * @param namespace Of objects that name none.
 */
export function judgeByAdmission(
  manifests: readonly object[],
  { policies, rules }: Admission,
  namespace: string,
): Denial[] {
  return rules.flatMap((rule) => {
    const cel = celOf(policies, POLICY_PREFIX + rule);
    if (!cel) return [];
    const judged = manifests.filter((manifest) => looksAt(rule, manifest));
    return judged.flatMap((manifest): Denial[] => {
      const stage = stageIn(policies, POLICY_PREFIX + rule, namespaceOf(manifest, namespace));
      const message = stage && denialOf(cel, manifest);
      return stage && message ? [{ rule, stage, object: addressOf(manifest, namespace), message }] : [];
    });
  });
}

/** The policy's own texts, as the API server gets them. */
function celOf(policies: readonly Manifest[], name: string): Cel | undefined {
  for (const policy of policies) {
    if (policy.kind !== "ValidatingAdmissionPolicy" || policy.metadata.name !== name) continue;
    const { matchConditions = [], variables = [], validations = [] } = policy.spec ?? {};
    return { matchConditions, variables, validations };
  }
  return undefined;
}

const ACTIONS: readonly [string, Stage][] = [
  ["Deny", "deny"],
  ["Warn", "warn"],
  ["Audit", "dryrun"],
];

/** What happens there to an object that violates the policy; undefined where no binding is for the namespace. */
function stageIn(policies: readonly Manifest[], policyName: string, namespace: string): Stage | undefined {
  const labels = { "kubernetes.io/metadata.name": namespace };
  for (const policy of policies) {
    if (policy.kind !== "ValidatingAdmissionPolicyBinding" || policy.spec?.policyName !== policyName)
      continue;
    if (!selects(policy.spec.matchResources?.namespaceSelector, labels)) continue;
    const actions = policy.spec.validationActions ?? [];
    return ACTIONS.find(([action]) => actions.includes(action))?.[1];
  }
  return undefined;
}

/** A Namespace is judged as what is in it. */
function namespaceOf(manifest: object, otherwise: string): string {
  if (textAt(manifest, "kind") === "Namespace") return textAt(manifest, "metadata", "name") ?? "";
  return textAt(manifest, "metadata", "namespace") ?? otherwise;
}

function addressOf(manifest: object, namespace: string): string {
  const kind = textAt(manifest, "kind") ?? "";
  const name = textAt(manifest, "metadata", "name") ?? "unnamed";
  return kind === "Namespace" ? `${kind}/${name}` : `${kind}/${namespaceOf(manifest, namespace)}/${name}`;
}
