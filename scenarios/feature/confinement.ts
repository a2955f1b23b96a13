import type { ValidatingAdmissionPolicy } from "kubernetes-types/admissionregistration/v1";
import type { Manifest } from "../../components/kubernetes/manifest";
import { validatingBinding, validatingPolicy } from "../../components/kubernetes/validating-admission";
import { ESCAPE_NAMESPACE, NAMESPACE } from "../model/names";

type Validation = NonNullable<NonNullable<ValidatingAdmissionPolicy["spec"]>["validations"]>[number];

const OURS = `['${NAMESPACE}', '${ESCAPE_NAMESPACE}']`;

const validations: Validation[] = [
  {
    expression: `request.resource.resource == 'namespaces' ? request.name in ${OURS} : request.namespace in ${OURS}`,
    message: `The scenarios act in ${NAMESPACE} and ${ESCAPE_NAMESPACE} and nowhere else.`,
  },
  {
    // Pod Security of the escape's namespace is "privileged": a profile is left out there, and nothing beyond it.
    expression: [
      "request.operation != 'CREATE' || request.resource.resource != 'pods'",
      "(!object.spec.?hostPID.orValue(false) && !object.spec.?hostIPC.orValue(false)" +
        " && !object.spec.?hostNetwork.orValue(false)" +
        " && !has(object.spec.initContainers)" +
        " && object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))" +
        " && object.spec.containers.all(c, !c.?securityContext.privileged.orValue(false)" +
        " && !has(c.securityContext.capabilities.add)))",
    ].join(" || "),
    message: "Pods of the scenarios have nothing of the host and no capability.",
  },
];

/**
 * Keeps the runner's ServiceAccount to the scenarios' namespaces. RBAC alone can't: a Role needs a namespace that is
 * there, and a ClusterRole holds in all of them.
 */
export function confinement(name: string, account: { namespace: string; name: string }): Manifest[] {
  const rule = (apiGroups: string[], resources: string[]) => ({
    apiGroups,
    resources,
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
  });
  return [
    validatingPolicy(name, {
      matchConstraints: {
        resourceRules: [
          rule([""], ["namespaces", "pods", "pods/exec", "resourcequotas", "serviceaccounts"]),
          rule(["networking.k8s.io"], ["networkpolicies"]),
        ],
      },
      matchConditions: [
        {
          name: "the-runner",
          expression: `request.userInfo.username == 'system:serviceaccount:${account.namespace}:${account.name}'`,
        },
      ],
      validations,
    }),
    validatingBinding(name, { policyName: name, validationActions: ["Deny"] }),
  ];
}
