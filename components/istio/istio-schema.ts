import { z } from "zod";
import { dnsLabel, unique } from "../core/config/value-schemas";
import { egressSchema, type MeshClient } from "./egress-schema";
import { servicesSchema } from "./service-schema";

const NO_IDENTITY = "a namespace of the mesh, which alone has identities: list it in `namespaces` first";

/** Modes of a PeerAuthentication. */
const mode = z.enum(["PERMISSIVE", "STRICT"]);

const meshNamespace = dnsLabel.refine((name) => !/^(kube|openshift|istio)-/.test(name), {
  message:
    "a namespace of your workloads, not `kube-*`, `openshift-*` or `istio-*`: pods of the cluster itself would wait for a mesh that waits for them",
});

const mtlsSchema = z.strictObject({
  mode: mode
    .default("PERMISSIVE")
    .describe(
      "What pods of the mesh take from outside of it: `PERMISSIVE` takes connections in clear too, `STRICT` refuses them. `STRICT` needs `namespaces`: first the pods are in the mesh, then what is in clear is refused.",
    ),
  namespaces: z
    .record(dnsLabel, mode)
    .default({})
    .describe(
      "Modes of single namespaces of the mesh; they win over `mode`. `STRICT` one by one is the safe way.",
    ),
  strictAfterHours: z
    .int()
    .min(0)
    .max(720)
    .default(24)
    .describe(
      "Hours without a connection in clear, but for ports of `exceptions`, after which `STRICT` is taken: an update asks Elasticsearch first, and refuses with the callers' names (CFG023). 0 does not ask.",
    ),
});

export const istioSchema = z
  .strictObject({
    preset: z
      .enum(["poc", "production"])
      .default("poc")
      .describe(
        "`poc`: two istiods, of which one always stays, and one proxy outward. `production`: three, of which two stay, and two proxies.",
      ),
    namespaces: unique(meshNamespace)
      .default([])
      .describe(
        "Namespaces whose pods are in the mesh: the one list. Those of `workload_namespaces` get the label `istio.io/dataplane-mode: ambient`; for others the plan shows the command.",
      ),
    ownNamespaces: z
      .boolean()
      .default(false)
      .describe(
        "Takes the stack's own two namespaces in too: their NetworkPolicies let the mesh's port and probes through, and AuthorizationPolicies of the same flows say who may reach which port. They stay `PERMISSIVE`, for the API server and scrapers.",
      ),
    mtls: mtlsSchema.prefault({}).describe("Mutual TLS, in stages."),
    egress: egressSchema
      .prefault({})
      .describe("The way out of the cluster for pods of the mesh: a proxy that lets through what is listed."),
    services: servicesSchema,
    accessLog: z
      .enum(["notable", "all"])
      .default("notable")
      .describe(
        "Which connections of the mesh are stored: `notable` those that come in clear, are refused or fail; `all` every one that ends, at both of its ends.",
      ),
    keepCrds: z
      .boolean()
      .default(false)
      .describe(
        "Whether Istio's kinds stay when it is switched off. Deleting them deletes every object of these kinds in the cluster, those of others too.",
      ),
    scrapeNamespaces: unique(dnsLabel)
      .default(["monitoring"])
      .describe("Namespaces whose pods may read the metrics of Istio's own pods."),
    serviceEntryVisibility: z
      .enum(["NONE", "NAMESPACE", "PUBLIC"])
      .default("NAMESPACE")
      .describe(
        "Who sees the hosts that ServiceEntries of others name. `PUBLIC` is Istio's default, by which one in any namespace redirects its host for all. It hides, it does not block. Those of `egress` are seen by all.",
      ),
    outboundTrafficPolicy: z
      .enum(["ALLOW_ANY", "REGISTRY_ONLY"])
      .default("ALLOW_ANY")
      .describe(
        "What Istio's sidecars and gateways do with hosts that they don't know. No firewall, and nothing that pods of this mesh go by: what keeps them in is `egress` with NetworkPolicies.",
      ),
  })
  .superRefine(({ namespaces, mtls, egress, services }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if (mtls.mode === "STRICT" && namespaces.length === 0)
      refuse(
        ["mtls", "mode"],
        "`PERMISSIVE` until `namespaces` lists what is in the mesh: STRICT would refuse all that talks to it",
      );
    for (const name of Object.keys(mtls.namespaces))
      if (!namespaces.includes(name))
        refuse(["mtls", "namespaces", name], "a namespace of the mesh: list it in `namespaces` first");
    const callers = (from: readonly MeshClient[], ...path: (string | number)[]) =>
      from.forEach(({ namespace }, index) => {
        if (!namespaces.includes(namespace)) refuse([...path, index, "namespace"], NO_IDENTITY);
      });
    egress.hosts.forEach(({ from }, host) => {
      callers(from, "egress", "hosts", host, "from");
    });
    services.forEach(({ namespace, allow }, service) => {
      if (!namespaces.includes(namespace)) refuse(["services", service, "namespace"], NO_IDENTITY);
      allow.forEach(({ from }, rule) => {
        callers(from, "services", service, "allow", rule, "from");
      });
    });
  });

export type IstioConfig = z.output<typeof istioSchema>;
export type MtlsMode = z.output<typeof mode>;
