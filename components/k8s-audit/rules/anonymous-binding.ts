import type { AuditRule } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** Rights for everyone who reaches the API server, without credentials. */
export const anonymousBinding: AuditRule = {
  name: "anonymous-binding",
  severity: 5,
  techniques: ["T1133", "T1098.006"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["rolebindings", "clusterrolebindings"],
    // The API server's own bindings for health and discovery.
    except: ROLE_KEEPERS,
    body: ['"name":"system:(anonymous|unauthenticated)"'],
  },
};
