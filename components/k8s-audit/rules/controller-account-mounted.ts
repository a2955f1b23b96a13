import { type AuditRule, patched, WORKLOADS } from "../audit-rule";
import { CONTROLLERS } from "../trusted";

/** A pod that gets the account of a controller of kube-controller-manager, which may do nearly all in the cluster. */
export const controllerAccountMounted: AuditRule = {
  name: "controller-account-mounted",
  severity: 5,
  techniques: ["T1078", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: WORKLOADS,
    namespace: "^kube-system$",
    body: [`"serviceAccount(Name)?":"(${CONTROLLERS.join("|")})"`, patched("serviceAccount(Name)?")],
  },
};
