import type { AuditRule } from "../audit-rule";

/** A token of a ServiceAccount that is asked for by hand. */
export const serviceAccountToken: AuditRule = {
  name: "service-account-token",
  severity: 3,
  techniques: ["T1528"],
  when: {
    verbs: ["create"],
    resources: ["serviceaccounts/token"],
    except: { users: ["system:kube-controller-manager"], kubelets: true },
  },
};
