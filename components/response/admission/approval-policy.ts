import type { Manifest } from "../../kubernetes/manifest";
import { validatingBinding, validatingPolicy } from "../../kubernetes/validating-admission";
import { APPROVED_BY, RECORD_PREFIX, REJECTED_BY, REJOIN, RELEASED_BY } from "../marks";
import { cel, celList, mapOf, requests, sameExcept } from "./cel";

export const APPROVAL_POLICY = "security-stack-response-approval";

/** Verb on the ConfigMap of an action that each annotation of people needs. */
export const VERBS: Readonly<Record<string, string>> = {
  [APPROVED_BY]: "approve",
  [REJECTED_BY]: "approve",
  [RELEASED_BY]: "release",
};

const BY_PEOPLE = [...Object.keys(VERBS), REJOIN];

/**
 * Who may say yes. The API server, which knows who asks, lets only those set an approval or a release who have the verb for it,
 * in their own name, and never the responder; everything else of an action is written by the responder alone.
 * @param namespace Of the actions.
 * @param responder User of the responder.
 */
export function approvalPolicy(namespace: string, responder: string): Manifest[] {
  const isResponder = `request.userInfo.username == ${cel(responder)}`;
  return [
    validatingPolicy(APPROVAL_POLICY, {
      matchConstraints: {
        resourceRules: [requests([""], ["v1"], ["configmaps"], ["CREATE", "UPDATE"])],
      },
      matchConditions: [
        {
          name: "an-action",
          expression: `request.?namespace.orValue("") == ${cel(namespace)} && request.?name.orValue("").startsWith(${cel(RECORD_PREFIX)})`,
        },
      ],
      variables: [
        { name: "now", expression: mapOf("object", "annotations") },
        { name: "before", expression: `oldObject == null ? {} : ${mapOf("oldObject", "annotations")}` },
        {
          name: "changed",
          expression: `${celList(BY_PEOPLE)}.filter(k, variables.now[?k].orValue("") != variables.before[?k].orValue(""))`,
        },
        { name: "isResponder", expression: isResponder },
      ],
      validations: [
        {
          expression: `!variables.isResponder || size(variables.changed) == 0`,
          message: "The responder can't approve or release what it proposes.",
        },
        {
          expression: "request.operation != 'CREATE' || variables.isResponder",
          message: "Only the responder proposes actions.",
        },
        ...Object.entries(VERBS).map(([annotation, verb]) => ({
          expression: `!(${cel(annotation)} in variables.changed) || (${mayDo(verb)} && variables.now[?${cel(annotation)}].orValue("") == request.userInfo.username)`,
          message: `${annotation} is set by who has the verb ${verb} on this ConfigMap, and to their own name.`,
        })),
        {
          expression: `!(${cel(REJOIN)} in variables.changed) || ${cel(RELEASED_BY)} in variables.changed`,
          message: "How a pod is released is said with the release.",
        },
        {
          expression: `variables.isResponder || request.operation == 'CREATE' || (${onlyByPeople()})`,
          message: "People approve, reject and release; all else of an action is the responder's.",
        },
      ],
    }),
    validatingBinding(APPROVAL_POLICY, { policyName: APPROVAL_POLICY, validationActions: ["Deny"] }),
  ];
}

function mayDo(verb: string): string {
  return `authorizer.group("").resource("configmaps").namespace(request.namespace).name(request.name).check(${cel(verb)}).allowed()`;
}

/** The data of an action's ConfigMap is immutable, which the API server holds by itself. */
function onlyByPeople(): string {
  return [
    sameExcept("variables.now", "variables.before", `k in ${celList(BY_PEOPLE)}`),
    `${mapOf("object", "labels")} == ${mapOf("oldObject", "labels")}`,
  ].join(" && ");
}
