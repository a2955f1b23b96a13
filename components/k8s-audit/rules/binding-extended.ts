import { type AuditRule, patched } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** Somebody added to a binding that is there: a patch of its subjects alone does not say of which role. */
export const bindingExtended: AuditRule = {
  name: "binding-extended",
  severity: 3,
  techniques: ["T1098.006"],
  when: {
    verbs: ["patch"],
    resources: ["rolebindings", "clusterrolebindings"],
    except: ROLE_KEEPERS,
    changes: true,
    body: ['"subjects":\\[\\{', patched('subjects(/[^"]*)?')],
    notBody: '"roleRef":\\{',
  },
};
