import { waitUntil } from "../../tools/dev/cluster/wait";
import { CORE, type Evasion, NAMESPACE } from "./evasion";

const SYSTEM = "/api/v1/namespaces/kube-system";

/** Parts of the cluster that all rely on. */
export const EVADING_CLUSTER: readonly Evasion[] = [
  {
    what: "a node's folder behind a claim",
    rule: "host-path-volume",
    name: "node-folder",
    run: (send) =>
      send("POST", "/api/v1/persistentvolumes", {
        metadata: { name: "node-folder" },
        spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/" } },
      }),
  },
  {
    what: "traffic to an address outside",
    rule: "external-address-taken",
    name: "outside-address",
    run: (send) =>
      send("POST", `${CORE}/services`, {
        metadata: { name: "outside-address" },
        spec: { externalIPs: ["203.0.113.7"], ports: [{ port: 443 }] },
      }),
  },
  {
    what: "what the cluster's DNS answers",
    rule: "cluster-dns-changed",
    name: "coredns-custom",
    run: (send) => send("POST", `${SYSTEM}/configmaps`, { metadata: { name: "coredns-custom" }, data: {} }),
  },
  {
    what: "who is who in EKS",
    rule: "cloud-access-changed",
    name: "aws-auth",
    run: (send) => send("POST", `${SYSTEM}/configmaps`, { metadata: { name: "aws-auth" }, data: {} }),
  },
  {
    what: "a namespace opened to privileged pods",
    rule: "namespace-unguarded",
    name: "unguarded",
    async run(send) {
      const label = "pod-security.kubernetes.io/enforce";
      await send("POST", "/api/v1/namespaces", {
        metadata: { name: "unguarded", labels: { [label]: "restricted" } },
      });
      await send("PATCH", "/api/v1/namespaces/unguarded", { metadata: { labels: { [label]: null } } });
    },
  },
  {
    what: "a sensor's policy taken away, and the definition of its kind",
    rule: "sensor-policy-changed",
    name: "seen",
    async run(send) {
      const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      await send("POST", definitions, TRACING_POLICIES);
      await waitUntil("the kind", () =>
        send("GET", "/apis/cilium.io/v1alpha1/tracingpolicies").then(
          () => true,
          () => false,
        ),
      );
      await send("POST", "/apis/cilium.io/v1alpha1/tracingpolicies", {
        apiVersion: "cilium.io/v1alpha1",
        kind: "TracingPolicy",
        metadata: { name: "seen" },
      });
      await send("DELETE", "/apis/cilium.io/v1alpha1/tracingpolicies/seen");
      await send("DELETE", `${definitions}/${TRACING_POLICIES.metadata.name}`);
    },
  },
  {
    what: "a policy that only tells, where it denied",
    rule: "policy-no-longer-denies",
    name: "guard",
    async run(send) {
      const group = "/apis/admissionregistration.k8s.io/v1";
      await send("POST", `${group}/validatingadmissionpolicies`, {
        metadata: { name: "guard" },
        spec: {
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ["example.com"],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["things"],
              },
            ],
          },
          validations: [{ expression: "true" }],
        },
      });
      const bindings = `${group}/validatingadmissionpolicybindings`;
      await send("POST", bindings, {
        metadata: { name: "guard" },
        spec: { policyName: "guard", validationActions: ["Deny"] },
      });
      await send("PATCH", `${bindings}/guard`, { spec: { validationActions: ["Warn", "Audit"] } });
      await send("DELETE", `${bindings}/guard`);
      await send("DELETE", `${group}/validatingadmissionpolicies/guard`);
    },
  },
  {
    what: "a policy engine's rule that was there, in another stage",
    rule: "constraint-changed",
    name: "no-privileged",
    async run(send) {
      const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      const rules = `/apis/${CONSTRAINTS.spec.group}/v1alpha1/${CONSTRAINTS.spec.names.plural}`;
      await send("POST", definitions, CONSTRAINTS);
      await waitUntil("the kind", () =>
        send("GET", rules).then(
          () => true,
          () => false,
        ),
      );
      const { kind } = CONSTRAINTS.spec.names;
      const apiVersion = `${CONSTRAINTS.spec.group}/v1alpha1`;
      await send("POST", rules, { apiVersion, kind, metadata: { name: "no-privileged" } });
      await send("PATCH", `${rules}/no-privileged`, { spec: { enforcementAction: "dryrun" } });
      await send("DELETE", `${definitions}/${CONSTRAINTS.metadata.name}`);
    },
  },
  {
    what: "a namespace taken out of its mesh",
    rule: "mesh-label-removed",
    name: "out-of-mesh",
    async run(send) {
      const label = "istio.io/dataplane-mode";
      await send("POST", "/api/v1/namespaces", {
        metadata: { name: "out-of-mesh", labels: { [label]: "ambient" } },
      });
      await send("PATCH", "/api/v1/namespaces/out-of-mesh", { metadata: { labels: { [label]: null } } });
    },
  },
  {
    what: "traffic that flows again",
    rule: "network-policy-deleted",
    name: "deny-all",
    async run(send) {
      const policies = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`;
      await send("POST", policies, { metadata: { name: "deny-all" }, spec: { podSelector: {} } });
      await send("DELETE", `${policies}/deny-all`);
    },
  },
];

/** Enough of Tetragon's definition to have one. */
export const TRACING_POLICIES = definition("cilium.io", "TracingPolicy", "tracingpolicies", "tracingpolicy");

/** As Gatekeeper makes one of a template. */
const CONSTRAINTS = definition("constraints.gatekeeper.sh", "NoPrivileged", "noprivileged", "noprivileged");

function definition(group: string, kind: string, plural: string, singular: string) {
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names: { kind, plural, singular },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}
