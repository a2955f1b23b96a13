import { type Judged, NAMESPACES_AND_PODS, PODS, SERVICE_ENTRIES } from "./judged-kinds";
import {
  ADDS,
  everyContainer,
  everyContainerOf,
  everyImage,
  HAS_RESOURCES,
  IS_ROOT,
  KEEPS,
  LACKS,
  NOT_NON_ROOT,
  POD_METADATA,
  SECCOMP,
} from "./rule-texts";

/** What a rule needs of the feature's config. */
export interface RuleSettings {
  registries: readonly string[];
  /** Hosts outside of the cluster, and with a leading "*." all hosts below a domain. */
  egressHosts: readonly string[];
}

/** One rule about objects of the user's, as data: whatever judges them is made from it, see admission-rule-cel.ts. */
export interface AdmissionRule {
  /** What it looks at; pods and what makes them where left out. */
  about?: readonly Judged[];
  /** A list of the settings without which it would refuse everything: it holds where that names something. */
  needs?: keyof RuleSettings;
  /** It looks at Kubernetes' and the stack's namespaces, and at no other. */
  ofOthers?: boolean;
  /** CEL: a list of texts, each a field with a value that the rule forbids. The variables are in admission-rule-cel.ts. */
  found(settings: RuleSettings): string;
  allowed(settings: RuleSettings): string;
  fix: string;
  /** CEL: what an update must have changed for the rule to look at it, beside `spec`. */
  alsoChanged?: string;
}

/** Every rule by its name. */
export const RULES = {
  resources: {
    // Ephemeral containers can't have resources.
    found: () =>
      `variables.containers.filter(c, !(${HAS_RESOURCES})).map(c, c.name + ": resources without " + (${LACKS}).join(" and "))`,
    allowed: () => "requests and limits of cpu and memory on every container and init container",
    fix: "set resources.requests and resources.limits",
  },
  privileged: {
    found: everyContainer(
      "c.?securityContext.?privileged.orValue(false)",
      "securityContext.privileged is true",
    ),
    allowed: () => "privileged: false",
    fix: "remove securityContext.privileged and add only the capabilities that are needed",
  },
  "privilege-escalation": {
    found: everyContainer(
      "c.?securityContext.?allowPrivilegeEscalation.orValue(true)",
      "securityContext.allowPrivilegeEscalation is not false",
    ),
    allowed: () => "allowPrivilegeEscalation: false on every container",
    fix: "set securityContext.allowPrivilegeEscalation: false",
  },
  "read-only-root": {
    found: everyContainer(
      "!c.?securityContext.?readOnlyRootFilesystem.orValue(false)",
      "securityContext.readOnlyRootFilesystem is not true",
    ),
    allowed: () => "readOnlyRootFilesystem: true on every container",
    fix: "set it, and mount an emptyDir where the program writes, such as /tmp",
  },
  // Pod Security Standards, "restricted"; here for audits and pull requests, and where no namespace has that level.
  "run-as-non-root": {
    found: () =>
      `variables.all.filter(c, ${NOT_NON_ROOT} || ${IS_ROOT}).map(c, c.name + (${NOT_NON_ROOT} ? ": runAsNonRoot is not true" : ": runAsUser is 0"))`,
    allowed: () => "runAsNonRoot: true on the pod or every container, and no runAsUser 0",
    fix: "set securityContext.runAsNonRoot: true, and a runAsUser above 0 where the image has root",
  },
  capabilities: {
    found: () =>
      `variables.all.filter(c, ${KEEPS} || size(${ADDS}) > 0).map(c, c.name + ": capabilities" + (${KEEPS} ? " without drop ALL" : "") + (size(${ADDS}) > 0 ? " add " + ${ADDS}.join(" ") : ""))`,
    allowed: () => "capabilities.drop [ALL], and of those to add NET_BIND_SERVICE",
    fix: "set securityContext.capabilities.drop: [ALL] and add nothing else",
  },
  "seccomp-profile": {
    found: everyContainerOf(
      `!(${SECCOMP} in ["RuntimeDefault", "Localhost"])`,
      `": seccompProfile.type " + ${SECCOMP}`,
    ),
    allowed: () => "seccompProfile.type RuntimeDefault or Localhost on the pod or every container",
    fix: "set securityContext.seccompProfile.type: RuntimeDefault on the pod",
  },
  // Without one a pod fills its node's disk; past it the kubelet evicts the pod.
  "temporary-volumes": {
    found: () =>
      'variables.spec.?volumes.orValue([]).filter(v, has(v.emptyDir) && !v.emptyDir.?sizeLimit.hasValue()).map(v, v.name + ": emptyDir without sizeLimit")',
    allowed: () => "volumes of type emptyDir with a sizeLimit",
    fix: "set emptyDir.sizeLimit, such as 100Mi for /tmp",
  },
  "host-namespaces": {
    found: () =>
      ["hostNetwork", "hostPID", "hostIPC"]
        .map((field) => `(variables.spec.?${field}.orValue(false) ? ["${field} is true"] : [])`)
        .join(" + "),
    allowed: () => "no namespace of the node",
    fix: "remove hostNetwork, hostPID and hostIPC",
  },
  "host-paths": {
    found: () =>
      'variables.spec.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v, v.name + ": hostPath " + v.hostPath.path)',
    allowed: () => "no volume of type hostPath",
    fix: "use an emptyDir or a PersistentVolumeClaim",
  },
  "pinned-images": {
    // In a time that grows no faster than the text, in engines that go back too.
    found: () =>
      everyImage("!c.image.matches('@sha256:[0-9a-f]{64}$') && !c.image.matches(':[^:/@0-9]*[0-9][^:/@]*$')"),
    allowed: () => "images with a version as tag, or with a digest",
    fix: "write registry/path:version@sha256:...",
  },
  registries: {
    needs: "registries",
    found: ({ registries }) =>
      everyImage(`!${JSON.stringify(registries)}.exists(r, c.image.startsWith(r + "/"))`),
    allowed: ({ registries }) => `images of ${registries.join(", ")}, named with their registry`,
    fix: "pull the image through an allowed registry",
  },
  // Istio: manifests/charts/istio-cni/values.yaml for the label, whose value on a pod wins over its namespace's.
  "mesh-bypass": {
    found: () =>
      [
        `(variables.pod.?metadata.?labels[?"istio.io/dataplane-mode"].orValue("") == "none" ? ["label istio.io/dataplane-mode: none"] : [])`,
        `(variables.pod.?metadata.?annotations[?"ambient.istio.io/bypass-inbound-capture"].orValue("") == "true" ? ["annotation ambient.istio.io/bypass-inbound-capture: true"] : [])`,
      ].join(" + "),
    allowed: () => "no label or annotation that takes a pod out of the mesh",
    fix: "remove it, or give the pods an entry of exceptions, with reason and owner",
    alsoChanged: `request.kind.kind == "Pod" && (${POD_METADATA})`,
  },
  // The cluster's own pods would wait for a mesh that waits for them; a namespace's label takes all of its pods in.
  "mesh-system": {
    about: NAMESPACES_AND_PODS,
    ofOthers: true,
    found: () =>
      `object.metadata.?labels[?"istio.io/dataplane-mode"].orValue("") == "ambient" ? ["label istio.io/dataplane-mode: ambient"] : []`,
    allowed: () => "namespaces of Kubernetes and of the security stack, and their pods, outside of the mesh",
    fix: "remove the label",
    alsoChanged: POD_METADATA,
  },
  // One captures its host for every namespace of the mesh, and what it says of addresses and endpoints is where traffic for
  // that host goes. NONE, the default, lets a client choose the address (istio/api, networking/v1/service_entry.proto).
  "service-entries": {
    about: SERVICE_ENTRIES,
    needs: "egressHosts",
    found: ({ egressHosts }) => {
      const exact = egressHosts.filter((host) => !host.startsWith("*."));
      const endings = egressHosts.filter((host) => host.startsWith("*.")).map((host) => host.slice(1));
      const known = `h in ${JSON.stringify(exact)} || (!h.contains("*") && ${JSON.stringify(endings)}.exists(e, h.endsWith(e)))`;
      const resolution = `variables.spec.?resolution.orValue("NONE")`;
      return [
        `variables.spec.?hosts.orValue([]).filter(h, !(${known})).map(h, "host " + string(h))`,
        `variables.spec.?addresses.orValue([]).map(a, "address " + string(a))`,
        `(${resolution} in ["DNS", "DNS_ROUND_ROBIN"] ? [] : ["resolution " + string(${resolution})])`,
        `(size(variables.spec.?endpoints.orValue([])) > 0 ? ["endpoints"] : [])`,
        `(variables.spec.?workloadSelector.hasValue() ? ["workloadSelector"] : [])`,
      ].join(" + ");
    },
    allowed: ({ egressHosts }) =>
      `hosts of ${egressHosts.join(", ")}, resolution DNS, no addresses, endpoints or workloadSelector`,
    fix: "name an allowed host without wildcard, with resolution: DNS and nothing that says where it is",
  },
} as const satisfies Record<string, AdmissionRule>;

export type RuleName = keyof typeof RULES;

/** The rule as all of them are. */
export function ruleNamed(name: RuleName): AdmissionRule {
  return RULES[name];
}

/** What the rule looks at. */
export function judgedBy(name: RuleName): readonly Judged[] {
  return ruleNamed(name).about ?? PODS;
}

export const RULE_NAMES = Object.keys(RULES) as [RuleName, ...RuleName[]];

/** Rules about pods of the user's: those that may leave out single ones. */
export const POD_RULES = RULE_NAMES.filter((name) => judgedBy(name) === PODS) as [RuleName, ...RuleName[]];

/** Pods that a rule does not look at. */
export interface ExceptedPods {
  namespace: string;
  /** All of them. */
  labels: Readonly<Record<string, string>>;
}

/** Of the policies made of the rules, before a rule's own name. */
export const POLICY_PREFIX = "security-stack-";

/** What a violation does: is noted, is told to the client too, or refuses the object. */
export const STAGES = ["dryrun", "warn", "deny"] as const;

export type Stage = (typeof STAGES)[number];

/** The namespaces that have a stage of their own, by stage; in the order of their names. */
export function namespacesByStage(stages: Readonly<Record<string, Stage>>): [Stage, string[]][] {
  const names = Object.keys(stages).sort();
  const used = [...new Set(Object.values(stages))].sort();
  return used.map((stage) => [stage, names.filter((name) => stages[name] === stage)]);
}

/** Which rules hold, and for whom: the same for all that judges pods. */
export interface RuleScope extends RuleSettings {
  /** Rules that hold nowhere. */
  off: readonly RuleName[];
  /** Namespaces that no rule looks at, beside Kubernetes' and the stack's. */
  excludeNamespaces: readonly string[];
}

/** The rules that hold somewhere. */
export function rulesOf(scope: Pick<RuleScope, "off" | keyof RuleSettings>): RuleName[] {
  return RULE_NAMES.filter((name) => {
    const { needs } = ruleNamed(name);
    return !scope.off.includes(name) && (needs === undefined || scope[needs].length > 0);
  });
}

/** What is refused in the namespaces that have no stage of their own. */
export function refusedBy(
  { stage, rules }: { stage: Stage; rules: Partial<Record<RuleName, Stage | "off">> },
  scope: Pick<RuleScope, "off" | keyof RuleSettings>,
): { rules: RuleName[]; registry?: string } {
  const [registry] = scope.registries;
  return {
    rules: rulesOf(scope).filter((name) => (rules[name] ?? stage) === "deny"),
    ...(registry === undefined ? {} : { registry }),
  };
}
