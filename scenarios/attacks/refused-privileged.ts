import { REFUSED_PREFIX } from "../model/names";
import { goodPod, judgedInNamespace } from "../model/refused-request";
import { defineScenario } from "../model/scenario-schema";
import refusedPrivilegedQuery from "../queries/refused-privileged.k8s_audit.json";

const NAMESPACE = `${REFUSED_PREFIX}privileged`;

export const refusedPrivileged = defineScenario({
  id: "refused-privileged",
  title: "A privileged pod is refused",
  stage: "validation",
  techniques: ["T1611"],
  danger: "none",
  proves:
    "A pod with all rights over its node is not made, in a namespace that Pod Security lets do anything.",
  pods: [],
  ...judgedInNamespace(
    NAMESPACE,
    {
      rule: "privileged",
      // Kubernetes takes no privileged container that says it can't gain privileges.
      also: ["privilege-escalation"],
      method: "POST",
      path: `/api/v1/namespaces/${NAMESPACE}/pods`,
      body: goodPod("ctem-privileged", {}, { privileged: true }),
      why: "Apart from that it violates no rule.",
    },
    refusedPrivilegedQuery,
  ),
});
