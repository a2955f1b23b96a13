import { formatPath } from "../core/config/issues";
import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { exceptedPods } from "../core/contract/excepted-pods";
import { defineFeature } from "../core/contract/feature";
import { namespacesOfOthers } from "../core/contract/users-namespaces";
import { refusedBy, rulesOf } from "../kubernetes/admission-rules";
import { admissionManifests, rulesIn } from "./admission-policies";
import { type AdmissionConfig, admissionSchema, scopeOf } from "./admission-schema";
import { neededKind, signatureObjects } from "./signature-objects";
import type { Signatures } from "./signatures-schema";

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
  tests: ["test/unit/admission.test.ts", "test/cluster/admission.test.ts"],
  shares: (config) => ({ admissionRules: scopeOf(config) }),
  plan: planAdmission,
});

// The stack's own pods are judged by the policy pack, with its list of exceptions.
function planAdmission(config: AdmissionConfig, context: PlanContext): Contribution {
  const leftOut = namespacesOfOthers(context);
  const { signatures } = config;
  const inMesh = context.contributions.flatMap(({ contribution }) => contribution.mesh?.own ?? []);
  const { excepted, applied } = exceptedPods(context.exceptions, rulesOf(scopeOf(config)));
  return {
    manifests: admissionManifests(config, leftOut, inMesh, excepted),
    exceptions: applied,
    ...(signatures ? signed(signatures, [...leftOut, ...config.excludeNamespaces], context) : {}),
    enforces: rulesIn(["warn", "deny"], config),
    denies: rulesIn(["deny"], config),
    refuses: refusedBy(config, scopeOf(config)),
    conditions: [],
  };
}

function signed(
  signatures: Signatures,
  leftOut: readonly string[],
  { configPath }: PlanContext,
): Pick<Contribution, "customObjects" | "needsKinds" | "nextSteps"> {
  return {
    customObjects: signatureObjects(signatures, leftOut),
    needsKinds: [neededKind(signatures, formatPath([...configPath, "signatures", "engine"]))],
    ...(signatures.engine === "policy-controller"
      ? {
          nextSteps: [
            "Signatures are looked at in namespaces that say so: kubectl label namespace NAME policy.sigstore.dev/include=true",
          ],
        }
      : {}),
  };
}
