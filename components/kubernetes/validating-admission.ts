import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "kubernetes-types/admissionregistration/v1";
import type { Manifest } from "./manifest";

type PolicySpec = NonNullable<ValidatingAdmissionPolicy["spec"]>;
type BindingSpec = NonNullable<ValidatingAdmissionPolicyBinding["spec"]>;

/** A policy in CEL that the API server evaluates itself; a request that it can't evaluate is refused. */
export function validatingPolicy(name: string, spec: PolicySpec): Manifest {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: { failurePolicy: "Fail", ...spec },
  };
}

/** Where a policy holds, and what a violation does there. */
export function validatingBinding(name: string, spec: BindingSpec): Manifest {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec,
  };
}
