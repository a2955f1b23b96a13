import type { AuditRule } from "../audit-rule";
import { CONTROLLERS } from "../trusted";

/** A token of a ServiceAccount that no pod has: one that was asked for by hand, or kept in a Secret. Deployers outside of the cluster have such tokens too. */
export const serviceAccountOutsidePod: AuditRule = {
  name: "service-account-outside-pod",
  severity: 2,
  techniques: ["T1550.001"],
  when: {
    user: "^system:serviceaccount:",
    fromPod: false,
    except: { controllers: CONTROLLERS },
  },
};
