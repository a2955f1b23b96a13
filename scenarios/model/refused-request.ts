import type { z } from "zod";
import { POLICY_PREFIX, type RuleName } from "../../components/kubernetes/admission-rules";
import { named, restricted } from "./api-objects";
import { ATTACKER } from "./names";
import type { Query, Scenario, scenarioSchema } from "./scenario-schema";

type Input = z.input<typeof scenarioSchema>;

/** In an image: where a stack's rules let images come from. */
const REGISTRY = "{registry}";
/** Of a name that resolves nowhere (RFC 2606). */
const NO_REGISTRY = "registry.invalid";

/** A request that the API server only judges: nothing is written, whatever it says. */
interface Judged {
  rule: RuleName;
  /** Further rules that such an object violates, since Kubernetes takes it in no other way. */
  also?: readonly RuleName[];
  method: "POST" | "PATCH";
  path: string;
  body: Record<string, unknown>;
  why: string;
}

/** Steps, refusal and document of a request that admission has to refuse. */
export function judgedRequest(
  { rule, also = [], method, path, body, why }: Judged,
  query: unknown,
): Pick<Input, "steps" | "refusals" | "expectations"> {
  const refusedBy = [rule, ...also].map((name) => POLICY_PREFIX + name);
  return {
    steps: [{ do: "request", method, path: `${path}?dryRun=All`, body, refusedBy, why }],
    refusals: [{ by: "admission", what: `refused by the rule ${rule}`, rule }],
    expectations: [
      {
        tool: "k8s_audit",
        what: "the refused request",
        query: query as Query,
        // Of a ValidatingAdmissionPolicy, and of a webhook.
        fields: { "http.response.status_code": { oneOf: [422, 403] }, "user.name": ATTACKER },
      },
    ],
  };
}

/** The same in a namespace of its own, which no config leaves out, at any Pod Security level; removed at the end. */
export function judgedInNamespace(
  name: string,
  request: Judged,
  query: unknown,
): Pick<Input, "steps" | "refusals" | "expectations" | "cleanup"> {
  const { steps, ...judged } = judgedRequest(request, query);
  const namespace = named(name);
  const labels = { ...namespace.labels, "pod-security.kubernetes.io/enforce": "privileged" };
  const path = "/api/v1/namespaces";
  return {
    ...judged,
    steps: [
      {
        ...{ do: "request", method: "POST", path, body: { metadata: { ...namespace, labels } } },
        ...{ retrySeconds: 30, why: "One of a run before may still be going." },
      },
      {
        ...{ do: "request", method: "POST", path: `${path}/${name}/serviceaccounts` },
        ...{ body: { metadata: named("ctem") }, why: "Without one a pod is refused for another reason." },
      },
      ...steps,
    ],
    cleanup: [
      {
        ...{ do: "request", method: "DELETE", path: `${path}/${name}` },
        ...{ statuses: [200, 202, 404, 409], why: "What the attack made." },
      },
    ],
  };
}

const HARDENED = {
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** A pod that violates no rule, but for what is given. */
export function goodPod(name: string, labels: Record<string, string>, security: Record<string, unknown>) {
  const securityContext = { ...HARDENED, ...security };
  const container = { name: "main", image: `${REGISTRY}/ctem:1`, securityContext };
  const metadata = named(name);
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    spec: {
      serviceAccountName: "ctem",
      automountServiceAccountToken: false,
      containers: [restricted(container)],
    },
  };
}

/** The scenarios with images from a registry that the stack's rules take; from none that is there where they take any. */
export function withImagesOf(scenarios: readonly Scenario[], registry = NO_REGISTRY): Scenario[] {
  return JSON.parse(JSON.stringify(scenarios).replaceAll(REGISTRY, registry)) as Scenario[];
}
