import { z } from "zod";
import { cidr } from "../core/config/networks";
import {
  bytesQuantity,
  cpuQuantity,
  dnsLabel,
  labelKey,
  labelValue,
  ownNamespace,
  tcpPort,
  unique,
} from "../core/config/value-schemas";
import { parseQuantity } from "../kubernetes/quantity";

const ownLabel = labelKey.refine(
  (key) => !/^(pod-security|app)\.kubernetes\.io\/|^kubernetes\.io\/metadata\.name$/.test(key),
  "a label of yours: `podSecurity` sets the level, `app.kubernetes.io/*` says that the stack made it",
);

const egressSchema = z.strictObject({
  to: cidr.describe("Network, like `10.20.0.0/16`; one address is `203.0.113.7/32`."),
  ports: unique(tcpPort).min(1).describe("TCP ports."),
});

const size = (cpu: string, memory: string) =>
  z.strictObject({ cpu: cpuQuantity.default(cpu), memory: bytesQuantity.default(memory) });

const containersSchema = z.strictObject({
  requests: size("50m", "64Mi").prefault({}).describe("What a container asks for that says nothing itself."),
  limits: size("500m", "256Mi").prefault({}).describe("The limit of a container that has none itself."),
});

const quotaSchema = z.strictObject({
  pods: z.int().min(1).max(5000).default(50).describe("Most pods."),
  cpu: cpuQuantity.default("16").describe("CPU limits of all pods together."),
  memory: bytesQuantity.default("32Gi").describe("Memory limits of all pods together."),
});

const namespaceSchema = z
  .strictObject({
    name: ownNamespace,
    podSecurity: z
      .enum(["restricted", "baseline"])
      .default("restricted")
      .describe("Pod Security level that its pods are held to."),
    labels: z
      .record(ownLabel, labelValue)
      .default({})
      .describe("Further labels of the namespace, such as those that put it into a mesh."),
    within: z.boolean().default(true).describe("Let its pods reach each other."),
    ingressFrom: unique(dnsLabel)
      .default([])
      .describe("Namespaces whose pods may reach its pods, such as the ingress controller's."),
    egressTo: unique(dnsLabel).default([]).describe("Namespaces whose pods its pods may reach."),
    egress: unique(egressSchema)
      .default([])
      .describe("Networks outside that its pods may reach, each at the given TCP ports."),
    containers: containersSchema.prefault({}).describe("Of a LimitRange."),
    quota: quotaSchema.prefault({}).describe("Of a ResourceQuota."),
  })
  .superRefine(({ containers: { requests, limits }, quota }, context) => {
    for (const resource of ["cpu", "memory"] as const) {
      const refuse = (message: string) =>
        context.addIssue({ code: "custom", path: ["containers", "limits", resource], message });
      if (number(requests[resource]) > number(limits[resource]))
        refuse(`a limit not below the request of ${requests[resource]}`);
      if (number(limits[resource]) > number(quota[resource]))
        refuse(`a limit not above the quota of ${quota[resource]}: no pod that relies on it would start`);
    }
  });

export const workloadNamespacesSchema = z.strictObject({
  namespaces: z
    .array(namespaceSchema)
    .default([])
    .superRefine((all, context) => {
      all.forEach(({ name }, index) => {
        if (all.findIndex((other) => other.name === name) !== index)
          context.addIssue({
            code: "custom",
            path: [index, "name"],
            message: `a namespace with one entry: ${name} has another`,
          });
      });
    })
    .describe("Namespaces of your own workloads, each hardened by its entry."),
});

export type NamespacesConfig = z.output<typeof workloadNamespacesSchema>;
export type WorkloadNamespace = z.output<typeof namespaceSchema>;

function number(quantity: string): number {
  return parseQuantity(quantity) ?? Number.NaN;
}
