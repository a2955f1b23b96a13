import type { AuditRule } from "../audit-rule";
import { CONTROLLERS } from "../trusted";

/** The account of a controller of kube-controller-manager, used by a pod: none of these runs in one. */
export const controllerAccountInPod: AuditRule = {
  name: "controller-account-in-pod",
  severity: 5,
  techniques: ["T1078", "T1550.001"],
  when: {
    user: `^system:serviceaccount:kube-system:(${CONTROLLERS.join("|")})$`,
    fromPod: true,
  },
};
