import { type KubernetesObject, labelsOf } from "../kubernetes/object";
import { listAt, textsAt } from "../kubernetes/read";
import { selectsEverything } from "../kubernetes/selector";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

/** With these a subject takes rights that its role does not name (kubernetes.io, "Role Based Access Control Good Practices"). */
const ESCALATING_VERBS = ["bind", "escalate", "impersonate"];

/** A right on certain resources with which others are taken; most are of the same page. */
interface EscalatingRight {
  group: string;
  resources: readonly string[];
  verbs: readonly string[];
  /** What it amounts to. */
  gives: string;
  /** In one namespace it may be what somebody's work is; in all of them it reaches every ServiceAccount. */
  inAllNamespaces?: true;
}

const WRITE = ["create", "update", "patch"];

const ESCALATING_RIGHTS: readonly EscalatingRight[] = [
  {
    group: "",
    resources: ["serviceaccounts/token"],
    verbs: ["create"],
    gives: "tokens of other ServiceAccounts",
  },
  {
    group: "",
    resources: ["nodes/proxy"],
    // A WebSocket is opened with a GET: `get` runs commands too.
    verbs: ["get", "create", "update", "patch", "delete"],
    gives: "commands in every pod of a node by its kubelet, past admission and the audit log",
  },
  {
    group: "",
    resources: ["pods/exec", "pods/attach"],
    verbs: ["get", "create"],
    gives: "commands in the pods of all namespaces",
    inAllNamespaces: true,
  },
  {
    group: "",
    resources: ["pods/ephemeralcontainers"],
    verbs: ["update", "patch"],
    gives: "containers in the pods of all namespaces",
    inAllNamespaces: true,
  },
  {
    group: "",
    resources: ["persistentvolumes"],
    verbs: WRITE,
    gives: "any path of any node, as a volume",
  },
  {
    group: "",
    resources: ["namespaces"],
    verbs: ["update", "patch"],
    gives: "another Pod Security level",
  },
  {
    group: "certificates.k8s.io",
    resources: ["certificatesigningrequests/approval", "certificatesigningrequests/status"],
    verbs: ["update", "patch"],
    gives: "client certificates of any name",
  },
  {
    group: "certificates.k8s.io",
    resources: ["signers"],
    verbs: ["approve", "sign", "attest"],
    gives: "client certificates of any name",
  },
  {
    group: "admissionregistration.k8s.io",
    resources: [
      "mutatingwebhookconfigurations",
      "validatingwebhookconfigurations",
      "mutatingadmissionpolicies",
      "mutatingadmissionpolicybindings",
      "validatingadmissionpolicies",
      "validatingadmissionpolicybindings",
    ],
    verbs: [...WRITE, "delete", "deletecollection"],
    gives: "a say on every request, or an end to what others say",
  },
  {
    group: "apiregistration.k8s.io",
    resources: ["apiservices"],
    verbs: WRITE,
    gives: "a part of the API, with the requests and tokens that are sent to it",
  },
];

export const noEscalatingRbac: ResourcePolicy = {
  name: "no-escalating-rbac",
  rule: "A role gives no right with which others are taken: to bind, escalate or impersonate, to make tokens or certificates, to run commands in pods of others, to change admission, or all other roles together. One that is added to `view` gives reading only, and no secrets.",
  severity: "critical",
  level: "mandatory",
  frameworks: {
    nist: ["PR.AA-05"],
    iso: ["5.15", "5.18", "8.2"],
    cis: ["5.1.8", "5.1.9", "5.1.10", "5.1.11", "5.1.12", "5.1.13"],
  },
  fix: "remove the right; where a controller cannot do without it, a waiver names the role and the reason",
  check(object, report) {
    if (object.kind !== "Role" && object.kind !== "ClusterRole") return;
    report.each(listAt(object.props, "rules").entries(), ([index, rule]) => {
      const where = `rules[${index}]`;
      for (const verb of textsAt(rule, "verbs").filter((one) => ESCALATING_VERBS.includes(one)))
        report.violation({ where, found: `verbs: ${verb}`, allowed: "verbs that give no further rights" });
      for (const right of ESCALATING_RIGHTS) {
        const found = foundIn(rule, right, object);
        if (found && !exceptionFor(this.name, labelsOf(object), found))
          report.violation({ where, found, allowed: `not what gives ${right.gives}` });
      }
      const shown = forReaders(rule, object);
      if (shown) report.violation({ where, found: shown, allowed: "reading what is no secret" });
    });
    const selectors = listAt(object.props, "aggregationRule", "clusterRoleSelectors");
    report.each(selectors.entries(), ([index, selector]) => {
      if (!selectsEverything(selector)) return;
      report.violation({
        where: `aggregationRule.clusterRoleSelectors[${index}]`,
        found: "every ClusterRole",
        allowed: "a label of the roles that it is made of",
      });
    });
  },
};

/** The role `view`, which every role with this label is added to, is meant for reading what is no secret (see there). */
const ADDED_TO_VIEW = "rbac.authorization.k8s.io/aggregate-to-view";
const READ = ["get", "list", "watch"];

/** What a rule of a role that is added to `view` gives to all who have that role, and they are not to have. */
function forReaders(rule: unknown, object: KubernetesObject): string | undefined {
  if (labelsOf(object)[ADDED_TO_VIEW] !== "true") return undefined;
  const writes = textsAt(rule, "verbs").filter((verb) => !READ.includes(verb));
  if (writes.length > 0) return `${writes.join(", ")} for all who may view`;
  const secrets = textsAt(rule, "apiGroups").includes("") && textsAt(rule, "resources").includes("secrets");
  return secrets ? "secrets for all who may view" : undefined;
}

/** The verbs and resources of a rule that give the right; wildcards are another policy's. */
function foundIn(rule: unknown, right: EscalatingRight, object: KubernetesObject): string | undefined {
  if (right.inAllNamespaces && object.kind !== "ClusterRole") return undefined;
  if (!textsAt(rule, "apiGroups").some((group) => group === right.group || group === "*")) return undefined;
  const resources = textsAt(rule, "resources").filter((name) => right.resources.includes(name));
  const verbs = textsAt(rule, "verbs").filter((name) => right.verbs.includes(name));
  return resources.length > 0 && verbs.length > 0 ? `${verbs.join(", ")} ${resources.join(", ")}` : undefined;
}
