import type { AuditRule } from "../audit-rule";

/** A token of an account in kube-system that is asked for by hand: with one of a controller, one is the control plane. */
export const kubeSystemToken: AuditRule = {
  name: "kube-system-token",
  severity: 4,
  techniques: ["T1528", "T1078"],
  when: {
    verbs: ["create"],
    resources: ["serviceaccounts/token"],
    namespace: "^kube-system$",
    except: { users: ["system:kube-controller-manager"], kubelets: true },
  },
};
