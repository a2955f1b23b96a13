import { ISTIO_VERSION } from "../core/tables/pins";
import { IN_MESH, NAMESPACE } from "./istio-names";
import type { IstioConfig } from "./istio-schema";
import { BOUND } from "./service-policies";

/** What of the config does less than it seems to. */
export function warnings({
  namespaces,
  ownNamespaces,
  mtls,
  egress,
  services,
  outboundTrafficPolicy,
}: IstioConfig): string[] {
  const modes = namespaces.map((name) => mtls.namespaces[name] ?? mtls.mode);
  return [
    `istio: what is deployed is ${ISTIO_VERSION}; the stack's own tests render the charts and run the istiod of its branch as of 2026-08-27, before 1.31.0.`,
    ...(outboundTrafficPolicy === "REGISTRY_ONLY"
      ? [
          "istio: REGISTRY_ONLY is no firewall: pods of an ambient mesh do not go by it. What keeps them in is the default deny of `workload_namespaces`, with `egress` as the only way out.",
        ]
      : []),
    ...(namespaces.length === 0
      ? ["istio: no namespace is in the mesh (namespaces): nothing is encrypted yet."]
      : []),
    ...(ownNamespaces
      ? [
          "istio: the stack's own pods are in the mesh: of each other they take connections of their identities alone, and a pod that ztunnel does not carry yet is refused until it does. The API server, scrapers outside of the mesh and whatever their NetworkPolicies let in without one call in clear, as before.",
        ]
      : []),
    ...(services.length > 0
      ? [
          "istio: pods of `services` take connections of their proxy alone: until the Service has the proxy's label (see what is left to do), and until the proxy runs, they refuse every call, and scrapers of the pods always. The kubelet's probes go on.",
        ]
      : []),
    ...(modes.includes("STRICT") ? [strictWarning(mtls.strictAfterHours)] : []),
    ...(egress.hosts.length > 0
      ? [
          "istio: only pods of `workload_namespaces` are kept from leaving by another way than the proxy; elsewhere a default deny of yours has to.",
        ]
      : []),
  ];
}

function strictWarning(hours: number): string {
  const asked =
    hours === 0
      ? "Nobody looks whether any of them still calls (mtls.strictAfterHours)."
      : `An update that can ask Elasticsearch is refused while something came in clear within ${hours} hours.`;
  return `istio: STRICT refuses whoever is outside of the mesh: pods on the host's network, the API server's calls of webhooks, scrapers. ${asked}`;
}

/** What is left to do after an update. */
export function nextSteps({ namespaces, services }: IstioConfig): string[] {
  const [label = ""] = Object.entries(IN_MESH).map(([key, value]) => `${key}=${value}`);
  const bind = services.map(
    ({ namespace, name }) =>
      `By the proxy that knows methods and paths: kubectl label service -n ${namespace} ${name} ${BOUND}`,
  );
  return namespaces
    .flatMap((name) => [
      `In the mesh, where \`workload_namespaces\` does not make it: kubectl label namespace ${name} ${label}. Connections that are open stay as they are: kubectl rollout restart deployment,statefulset,daemonset -n ${name}`,
      `What ${name} still takes in clear: kubectl logs -n ${NAMESPACE} ds/ztunnel --prefix | grep '"direction":"inbound"' | grep '"dst.namespace":"${name}"' | grep -v '"src.identity"'`,
    ])
    .concat(bind);
}
