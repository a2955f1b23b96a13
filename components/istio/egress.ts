import { stringify } from "yaml";
import type { Manifest, PlannedObject } from "../kubernetes/manifest";
import type { EgressHost } from "./egress-schema";
import { EGRESS_NAMESPACE, HBONE_PORT, TRUST_DOMAIN, WAYPOINT } from "./istio-names";

/** Labels that bind the hosts of a namespace to the proxy (istio.io, ambient: egress gateway). */
export const THROUGH_WAYPOINT = { "istio.io/use-waypoint": WAYPOINT } as const;

/** What istiod puts into the objects that it makes for the proxy (istio.io, Kubernetes Gateway API: automated deployment). */
export function proxyOptions(replicas: number): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: WAYPOINT, namespace: EGRESS_NAMESPACE },
    data: {
      deployment: stringify({ spec: { replicas } }),
      ...(replicas > 1 ? { podDisruptionBudget: stringify({ spec: { maxUnavailable: 1 } }) } : {}),
    },
  };
}

/** The proxy, and for each host a ServiceEntry that sends it there and who may. Nothing where no host is listed. */
export function egressObjects(hosts: readonly EgressHost[]): PlannedObject[] {
  if (hosts.length === 0) return [];
  return [waypoint(), ...hosts.flatMap((host) => [serviceEntry(host), allowed(host)])];
}

function waypoint(): PlannedObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: WAYPOINT, namespace: EGRESS_NAMESPACE, labels: { "istio.io/waypoint-for": "service" } },
    spec: {
      gatewayClassName: "istio-waypoint",
      listeners: [{ name: "mesh", port: HBONE_PORT, protocol: "HBONE" }],
      infrastructure: { parametersRef: { group: "", kind: "ConfigMap", name: WAYPOINT } },
    },
    after: ["gateway-kinds"],
  };
}

function serviceEntry({ host, ports, resolution }: EgressHost): PlannedObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: ofHost(host),
    spec: {
      hosts: [host],
      location: "MESH_EXTERNAL",
      resolution,
      ports: ports.map(({ number, protocol }) => ({
        number,
        name: `${protocol.toLowerCase()}-${number}`,
        protocol,
      })),
    },
  };
}

// Without one a host that the proxy knows is anybody's in the mesh.
function allowed({ host, ports, from }: EgressHost): PlannedObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: ofHost(host),
    spec: {
      targetRefs: [{ group: "networking.istio.io", kind: "ServiceEntry", name: host }],
      action: "ALLOW",
      rules: [
        {
          from: from.map(({ namespace, serviceAccount }) => ({
            source: serviceAccount
              ? { principals: [`${TRUST_DOMAIN}/ns/${namespace}/sa/${serviceAccount}`] }
              : { namespaces: [namespace] },
          })),
          to: [{ operation: { ports: ports.map(({ number }) => String(number)) } }],
        },
      ],
    },
  };
}

/** A host's name may be longer than a label's value. */
function ofHost(host: string) {
  const labels = { "app.kubernetes.io/name": "egress-host" };
  return { name: host, namespace: EGRESS_NAMESPACE, labels };
}
