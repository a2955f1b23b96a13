import { type AuditRule, patched } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** A role changed in parts: which verbs and resources a JSON patch has is removed at the node, as any text in one. */
export const rightsPatched: AuditRule = {
  name: "rights-patched",
  severity: 3,
  techniques: ["T1098.006"],
  when: {
    verbs: ["patch"],
    resources: ["roles", "clusterroles"],
    except: ROLE_KEEPERS,
    body: [patched('rules(/[^"]*)?')],
  },
};
