/** What a rule needs of the feature's config. */
export interface RuleSettings {
  registries: readonly string[];
}

/** One rule about pods, as data: whatever judges pods is made from it, see pod-rule-cel.ts. */
export interface PodRule {
  /** CEL: a list of texts, each something of the pod that the rule forbids. The variables are in pod-rule-cel.ts. */
  found(settings: RuleSettings): string;
  allowed(settings: RuleSettings): string;
  fix: string;
  /** CEL: what an update must have changed for the rule to look at it, beside `spec`. */
  alsoChanged?: string;
}

/** Names of the containers (ephemeral ones too) for which the condition on `c` holds. */
const everyContainer = (condition: string) => () => `variables.all.filter(c, ${condition}).map(c, c.name)`;

const RESOURCES = ["requests", "limits"].flatMap((part) =>
  ["cpu", "memory"].map((resource) => `c.?resources.?${part}.?${resource}.hasValue()`),
);

const POD_METADATA = ["labels", "annotations"]
  .map((key) => `object.metadata.?${key}.orValue({}) != oldObject.metadata.?${key}.orValue({})`)
  .join(" || ");

/** Every rule by its name. */
export const RULES = {
  resources: {
    // Ephemeral containers can't have resources.
    found: () => `variables.containers.filter(c, !(${RESOURCES.join(" && ")})).map(c, c.name)`,
    allowed: () => "requests and limits of cpu and memory on every container and init container",
    fix: "set resources.requests and resources.limits",
  },
  privileged: {
    found: everyContainer("c.?securityContext.?privileged.orValue(false)"),
    allowed: () => "privileged: false",
    fix: "remove securityContext.privileged and add only the capabilities that are needed",
  },
  "privilege-escalation": {
    found: everyContainer("c.?securityContext.?allowPrivilegeEscalation.orValue(true)"),
    allowed: () => "allowPrivilegeEscalation: false on every container",
    fix: "set securityContext.allowPrivilegeEscalation: false",
  },
  "read-only-root": {
    found: everyContainer("!c.?securityContext.?readOnlyRootFilesystem.orValue(false)"),
    allowed: () => "readOnlyRootFilesystem: true on every container",
    fix: "set it, and mount an emptyDir where the program writes, such as /tmp",
  },
  "host-namespaces": {
    found: () =>
      ["hostNetwork", "hostPID", "hostIPC"]
        .map((field) => `(variables.spec.?${field}.orValue(false) ? ["${field}"] : [])`)
        .join(" + "),
    allowed: () => "no namespace of the node",
    fix: "remove hostNetwork, hostPID and hostIPC",
  },
  "host-paths": {
    found: () => "variables.spec.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v, v.name)",
    allowed: () => "no volume of type hostPath",
    fix: "use an emptyDir or a PersistentVolumeClaim",
  },
  "pinned-images": {
    found: () =>
      "variables.all.filter(c, !c.image.matches('@sha256:[0-9a-f]{64}$') && !c.image.matches(':[^:/@]*[0-9][^:/@]*$')).map(c, c.image)",
    allowed: () => "images with a version as tag, or with a digest",
    fix: "write registry/path:version@sha256:...",
  },
  registries: {
    found: ({ registries }) =>
      `variables.all.filter(c, !${JSON.stringify(registries)}.exists(r, c.image.startsWith(r + "/"))).map(c, c.image)`,
    allowed: ({ registries }) => `images of ${registries.join(", ")}, named with their registry`,
    fix: "pull the image through an allowed registry",
  },
  // Istio: manifests/charts/istio-cni/values.yaml for the label, whose value on a pod wins over its namespace's.
  "mesh-bypass": {
    found: () =>
      [
        `(variables.pod.?metadata.?labels[?"istio.io/dataplane-mode"].orValue("") == "none" ? ["label istio.io/dataplane-mode: none"] : [])`,
        `(variables.pod.?metadata.?annotations[?"ambient.istio.io/bypass-inbound-capture"].orValue("") == "true" ? ["annotation ambient.istio.io/bypass-inbound-capture"] : [])`,
      ].join(" + "),
    allowed: () => "no label or annotation that takes a pod out of the mesh",
    fix: "remove it, or have its namespace excluded from the rules",
    alsoChanged: `request.kind.kind == "Pod" && (${POD_METADATA})`,
  },
} as const satisfies Record<string, PodRule>;

export type RuleName = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as [RuleName, ...RuleName[]];

/** Of the policies made of the rules, before a rule's own name. */
export const POLICY_PREFIX = "security-stack-";

/** What a violation does: is noted, is told to the client too, or refuses the object. */
export const STAGES = ["dryrun", "warn", "deny"] as const;

export type Stage = (typeof STAGES)[number];

/** Which rules hold, and for whom: the same for all that judges pods. */
export interface PodRuleScope extends RuleSettings {
  /** Rules that hold nowhere. */
  off: readonly RuleName[];
  /** Namespaces that no rule looks at, beside Kubernetes' and the stack's. */
  excludeNamespaces: readonly string[];
}

/** The rules that hold somewhere: the one about registries holds where one is named. */
export function rulesOf({ off, registries }: Pick<PodRuleScope, "off" | "registries">): RuleName[] {
  return RULE_NAMES.filter((name) => !off.includes(name) && (name !== "registries" || registries.length > 0));
}
