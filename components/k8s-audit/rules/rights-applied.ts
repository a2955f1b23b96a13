import type { AuditRule } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/**
 * Roles, bindings or admission changed by a patch, seen as it comes in: of one in YAML the API server writes nothing later,
 * so no rule over its content can see it.
 */
export const rightsApplied: AuditRule = {
  name: "rights-applied",
  severity: 2,
  techniques: ["T1098.006"],
  when: {
    received: true,
    verbs: ["patch"],
    resources: [
      "roles",
      "clusterroles",
      "rolebindings",
      "clusterrolebindings",
      "validatingwebhookconfigurations",
      "mutatingwebhookconfigurations",
      "validatingadmissionpolicies",
      "validatingadmissionpolicybindings",
    ],
    except: ROLE_KEEPERS,
  },
};
