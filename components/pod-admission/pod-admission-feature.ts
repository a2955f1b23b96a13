import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { namespacesMade } from "../kubernetes/manifest";
import { admissionManifests } from "./admission-policies";
import { type AdmissionConfig, admissionSchema } from "./admission-schema";

/** Kubernetes' own: a rule there could keep the cluster from repairing itself. */
const SYSTEM = ["kube-node-lease", "kube-public", "kube-system"];

/** Admission: rules about users' pods that the API server itself evaluates, without a webhook. */
export const podAdmission = defineFeature({
  name: "pod_admission",
  title: "Admission rules",
  // Planned last, when the namespaces of all others are known.
  priority: 5,
  schema: admissionSchema,
  workloads: [],
  provides: ["admission"],
  frameworks: ["NIST CSF 2.0 PR.PS-01", "CIS Kubernetes 5.2"],
  plan: planAdmission,
});

// The stack's own pods are judged by the policy pack, with its list of exceptions.
function planAdmission(config: AdmissionConfig, context: PlanContext): Contribution {
  const { privileged, restricted } = context.namespaces;
  const brought = context.contributions.flatMap(({ contribution }) => [
    ...(contribution.namespaces ?? [])
      .filter(({ holdsUsersPods }) => !holdsUsersPods)
      .map(({ name }) => name),
    ...namespacesMade(contribution.manifests),
  ]);
  const leftOut = [...SYSTEM, privileged, restricted, ...brought];
  return { manifests: admissionManifests(config, leftOut), conditions: [] };
}
