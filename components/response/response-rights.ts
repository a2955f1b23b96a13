import type { PolicyRule, Subject } from "kubernetes-types/rbac/v1";
import type { DenyPolicy } from "../core/contract/contribution";
import type { Manifest } from "../kubernetes/manifest";
import { VERBS } from "./admission/approval-policy";
import { STOP } from "./marks";
import { RESPONDER } from "./response-names";
import type { ResponseConfig } from "./response-schema";

const RBAC = "rbac.authorization.k8s.io";

/** Role of those who approve, release and stop, in the namespace of the actions. */
export const APPROVER_ROLE = "response-approver";

/**
 * What the responder may do: in each allowed namespace just what the actions of its rules need, and its own actions in their
 * namespace. What of a pod it may change, RBAC can't say: that is the reach policy's.
 */
export function responderRights(
  config: ResponseConfig,
  namespace: string,
  denyPolicies: readonly DenyPolicy[],
): Manifest[] {
  const account: Subject = { kind: "ServiceAccount", name: RESPONDER, namespace };
  const { recordsNamespace, approvers } = config;
  return [
    ...[...config.namespaces]
      .sort()
      .flatMap((name) => roleWith(RESPONDER, name, rulesFor(config, denyPolicies), [account])),
    ...roleWith(
      RESPONDER,
      recordsNamespace,
      [rule("", ["configmaps"], ["get", "list", "create", "patch", "delete"])],
      [account],
    ),
    ...roleWith(
      APPROVER_ROLE,
      recordsNamespace,
      [
        rule("", ["configmaps"], ["get", "list", "create", "patch", ...new Set(Object.values(VERBS))]),
        { ...rule("", ["configmaps"], ["delete"]), resourceNames: [STOP] },
      ],
      approvers.map(({ kind, name }) => ({ kind, name, apiGroup: RBAC })),
    ),
  ];
}

function rulesFor({ rules }: ResponseConfig, denyPolicies: readonly DenyPolicy[]): PolicyRule[] {
  const does = (action: string) => rules.some((one) => one.action === action);
  return [
    rule("", ["pods"], ["get", "list", ...(does("quarantine") || does("annotate") ? ["patch"] : [])]),
    rule("", ["events"], ["create"]),
    ...(does("evict") ? [rule("", ["pods/eviction"], ["create"])] : []),
    ...(does("quarantine")
      ? [
          rule("networking.k8s.io", ["networkpolicies"], ["list", "create", "delete"]),
          ...denyPolicies.map(({ apiVersion, plural }) =>
            rule(apiVersion.split("/")[0]!, [plural], ["create", "delete"]),
          ),
        ]
      : []),
  ];
}

function rule(group: string, resources: string[], verbs: string[]): PolicyRule {
  return { apiGroups: [group], resources, verbs };
}

/** A role, bound where there is anybody. */
function roleWith(name: string, namespace: string, rules: PolicyRule[], subjects: Subject[]): Manifest[] {
  const metadata = { name, namespace };
  const role: Manifest = { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules };
  const binding: Manifest = {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: RBAC, kind: "Role", name },
    subjects,
  };
  return subjects.length > 0 ? [role, binding] : [role];
}
