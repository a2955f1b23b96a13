import type { DenyPolicy } from "../../core/contract/contribution";
import type { Manifest } from "../../kubernetes/manifest";
import { validatingBinding, validatingPolicy } from "../../kubernetes/validating-admission";
import {
  DELETION_COST,
  FINDING,
  KEPT_LABELS,
  POLICY_PREFIX,
  QUARANTINE_LABEL,
  RECORD_PREFIX,
} from "../marks";
import { cel, celList, celValue, mapOf, requests, sameExcept } from "./cel";

export const REACH_POLICY = "security-stack-response-reach";

export interface Reach {
  /** User of the responder. */
  responder: string;
  /** In which it acts on pods. */
  namespaces: readonly string[];
  /** In which it keeps its actions. */
  recordsNamespace: string;
  exemptLabels: Readonly<Record<string, string>>;
  denyPolicies: readonly DenyPolicy[];
}

const NETWORK_POLICIES = "networkpolicies";

function policyKinds({ denyPolicies }: Reach): string[] {
  return [NETWORK_POLICIES, ...denyPolicies.map(({ plural }) => plural)];
}

/**
 * What the responder can do at all, whatever its program is made to ask for: RBAC says on which kinds of objects, and can't
 * say what of them. Of a pod it changes labels and annotations, from what they are to a quarantine and back to what they were.
 */
export function reachPolicy(reach: Reach): Manifest[] {
  return [
    validatingPolicy(REACH_POLICY, {
      matchConstraints: {
        resourceRules: [requests(["*"], ["*"], ["*/*"], ["CREATE", "UPDATE", "DELETE", "CONNECT"])],
      },
      matchConditions: [
        { name: "the-responder", expression: `request.userInfo.username == ${cel(reach.responder)}` },
      ],
      // `dyn`: the policy is for several kinds, and each would be checked against the fields of all others.
      variables: [
        {
          name: "kind",
          expression:
            "request.resource.resource + (has(request.subResource) && request.subResource != '' ? '/' + request.subResource : '')",
        },
        { name: "now", expression: `object == null ? {} : dyn(${mapOf("object", "labels")})` },
        { name: "before", expression: `oldObject == null ? {} : dyn(${mapOf("oldObject", "labels")})` },
        { name: "notes", expression: `object == null ? {} : dyn(${mapOf("object", "annotations")})` },
        {
          name: "notesBefore",
          expression: `oldObject == null ? {} : dyn(${mapOf("oldObject", "annotations")})`,
        },
        { name: "isPod", expression: "variables.kind == 'pods'" },
        { name: "isPolicy", expression: `variables.kind in ${celList(policyKinds(reach))}` },
        { name: "isRecord", expression: "variables.kind == 'configmaps'" },
      ],
      validations: [where(reach), ...ofPods(reach), ...ofPolicies(reach), ...ofRecords(reach)],
    }),
    validatingBinding(REACH_POLICY, { policyName: REACH_POLICY, validationActions: ["Deny"] }),
  ];
}

function where(reach: Reach) {
  const { namespaces, recordsNamespace } = reach;
  const kinds = ["pods", "pods/eviction", "events", ...policyKinds(reach)];
  return {
    expression: `variables.kind in ${celList(kinds)} ? request.?namespace.orValue('') in ${celList(namespaces)} : (variables.isRecord && request.?namespace.orValue('') == ${cel(recordsNamespace)})`,
    message:
      "The responder acts on pods and network policies of the allowed namespaces, and on its own actions.",
  };
}

function ofPods({ exemptLabels }: Reach) {
  const pair = `(k + "=" + variables.MAP[k])`;
  const all = (map: string, list: string) =>
    `variables.${map}.all(k, ${pair.replace("MAP", map)} in ${list}.split(","))`;
  const kept = `variables.notes[?${cel(KEPT_LABELS)}].orValue("")`;
  const keptBefore = `variables.notesBefore[?${cel(KEPT_LABELS)}].orValue("")`;
  const label = cel(QUARANTINE_LABEL);
  const puts = [
    `size(variables.now) == 1 && ${label} in variables.now && !(${label} in variables.before)`,
    all("before", kept),
    `(size(variables.before) == 0 ? ${kept} == "" : size(${kept}.split(",")) == size(variables.before))`,
  ].join(" && ");
  const givesBack = `${label} in variables.before && !(${label} in variables.now) && ${all("now", keptBefore)}`;
  const notPod = "!variables.isPod || ";
  return [
    {
      expression: `${notPod}request.operation == 'UPDATE'`,
      message: "The responder makes and deletes no pods.",
    },
    {
      expression: `${notPod}(object.spec == oldObject.spec && object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences && object.metadata.?finalizers == oldObject.metadata.?finalizers)`,
      message: "The responder changes labels and annotations of a pod, and nothing else.",
    },
    {
      expression: `${notPod}variables.now == variables.before || (${puts}) || (${givesBack})`,
      message:
        "The responder takes all labels of a pod away and keeps them, or gives those back that it kept.",
    },
    {
      expression: `${notPod}(${sameExcept("variables.notes", "variables.notesBefore", `k in ${celList([KEPT_LABELS, FINDING, DELETION_COST])}`)})`,
      message: "The responder changes no annotation of others.",
    },
    {
      expression: `${notPod}!variables.notes[?${cel(DELETION_COST)}].hasValue() || variables.notes[?${cel(DELETION_COST)}] == variables.notesBefore[?${cel(DELETION_COST)}] || (${givesBack})`,
      message: "The responder says which pod is deleted first only of a pod that it releases.",
    },
    {
      expression: `!(variables.kind in ["pods"]) || (${isActedOn(exemptLabels)})`,
      message:
        "The responder acts on no pod of a DaemonSet, on the node's network, of the kubelet's own, or with an exempt label.",
    },
  ];
}

function isActedOn(exemptLabels: Readonly<Record<string, string>>): string {
  return [
    "!object.spec.?hostNetwork.orValue(false)",
    "!('kubernetes.io/config.mirror' in variables.notes)",
    "object.metadata.?ownerReferences.orValue([]).all(o, o.kind != 'DaemonSet')",
    ...Object.entries(exemptLabels).map(
      ([key, value]) => `variables.before[?${cel(key)}].orValue("") != ${cel(value)}`,
    ),
  ].join(" && ");
}

function ofPolicies({ denyPolicies }: Reach) {
  const id = `object.metadata.name.substring(${POLICY_PREFIX.length})`;
  return [
    {
      expression: `!variables.isPolicy || (request.operation in ['CREATE', 'DELETE'] && request.?name.orValue('').startsWith(${cel(POLICY_PREFIX)}))`,
      message: `The responder makes and deletes network policies whose names begin with ${POLICY_PREFIX}.`,
    },
    {
      expression: `variables.kind != ${cel(NETWORK_POLICIES)} || request.operation != 'CREATE' || (object.spec.podSelector.?matchLabels.orValue({}) == {${cel(QUARANTINE_LABEL)}: ${id}} && size(object.spec.podSelector.?matchExpressions.orValue([])) == 0 && size(object.spec.policyTypes) == 2 && size(object.spec.?ingress.orValue([])) == 0 && size(object.spec.?egress.orValue([])) == 0)`,
      message: "A NetworkPolicy of the responder denies everything to the pod of its own action.",
    },
    ...denyPolicies.map((policy) => ({
      expression: `variables.kind != ${cel(policy.plural)} || request.operation != 'CREATE' || (${isAsPlanned(policy, id)})`,
      message: `A ${policy.kind} of the responder denies everything to the pod of its own action.`,
    })),
  ];
}

/** That a policy of the network's own is what the plan says and nothing else, for the pod of its own action. */
function isAsPlanned({ selector, spec }: DenyPolicy, id: string): string {
  const parts = Object.entries(spec).map(([key, value]) => `object.spec.${key} == ${celValue(value)}`);
  return [
    `object.spec.${selector} == {"matchLabels": dyn({${cel(QUARANTINE_LABEL)}: dyn(${id})})}`,
    ...parts,
    `size(object.spec) == ${parts.length + 1}`,
  ].join(" && ");
}

function ofRecords({ recordsNamespace }: Reach) {
  return [
    {
      expression: `!variables.isRecord || (request.?namespace.orValue('') == ${cel(recordsNamespace)} && request.?name.orValue('').startsWith(${cel(RECORD_PREFIX)}))`,
      message: `The responder writes ConfigMaps whose names begin with ${RECORD_PREFIX}, in its own namespace.`,
    },
  ];
}
