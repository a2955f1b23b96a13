import { stringify } from "yaml";
import type { Global } from "../core/config/envelope-schema";
import type { Manifest, PlannedObject } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp, toDns } from "../kubernetes/network-policies";
import { HBONE_PORT, ISTIOD, NAMESPACE, TRUST_DOMAIN, XDS_PORT } from "./istio-names";

/** Where a proxy tells its metrics. */
export const PROXY_METRICS = 15020;

/** A proxy that istiod starts, and whose ServiceAccount has its name. */
export interface Waypoint {
  name: string;
  namespace: string;
}

/** What istiod puts into the objects that it makes for a proxy (istio.io, Kubernetes Gateway API: automated deployment). */
export function proxyOptions({ name, namespace }: Waypoint, replicas: number): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data: {
      deployment: stringify({ spec: { replicas } }),
      ...(replicas > 1 ? { podDisruptionBudget: stringify({ spec: { maxUnavailable: 1 } }) } : {}),
    },
  };
}

/** The proxy, for what is addressed to Services and ServiceEntries. */
export function waypointGateway({ name, namespace }: Waypoint): PlannedObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name, namespace, labels: { "istio.io/waypoint-for": "service" } },
    spec: {
      gatewayClassName: "istio-waypoint",
      listeners: [{ name: "mesh", port: HBONE_PORT, protocol: "HBONE" }],
      infrastructure: { parametersRef: { group: "", kind: "ConfigMap", name } },
    },
    after: ["gateway-kinds"],
  };
}

/** By which istiod's Deployment of a proxy marks its pods. */
export function podsOfWaypoint(name: string): Readonly<Record<string, string>> {
  return { "gateway.networking.k8s.io/gateway-name": name };
}

/** As whom pods of a ServiceAccount call, a proxy among them. */
export function principalOf({ name, namespace }: { name: string; namespace: string }): string {
  return `${TRUST_DOMAIN}/ns/${namespace}/sa/${name}`;
}

/** To istiod, from which a proxy has what it knows. */
export function toIstiod() {
  return {
    to: [{ ...namespaceOf(NAMESPACE), podSelector: { matchLabels: { app: ISTIOD } } }],
    ports: [tcp(XDS_PORT)],
  };
}

/** What a proxy before Services of its namespace takes and sends: of the mesh, to pods of its own namespace, and metrics. */
export function waypointTraffic(
  { name, namespace }: Waypoint,
  clients: readonly string[],
  scrapeNamespaces: readonly string[],
  dns: Global["dns"],
): Manifest {
  const scrapers = scrapeNamespaces.map(namespaceOf);
  return networkPolicy({ name, namespace }, podsOfWaypoint(name), {
    ingress: [
      { from: clients.map(namespaceOf), ports: [tcp(HBONE_PORT)] },
      ...(scrapers.length > 0 ? [{ from: scrapers, ports: [tcp(PROXY_METRICS)] }] : []),
    ],
    egress: [toIstiod(), { to: [{ podSelector: {} }], ports: [tcp(HBONE_PORT)] }, toDns(dns)],
  });
}
