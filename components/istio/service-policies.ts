import type { Global } from "../core/config/envelope-schema";
import type { Manifest, PlannedObject } from "../kubernetes/manifest";
import { callerOf } from "./egress";
import type { IstioConfig } from "./istio-schema";
import type { MeshService } from "./service-schema";
import { principalOf, proxyOptions, type Waypoint, waypointGateway, waypointTraffic } from "./waypoint";

/** Of the proxy before the listed Services of a namespace. */
export const L7_WAYPOINT = "security-stack-l7";

/** What binds a Service to it (istio.io, ambient: configure waypoint proxies); its object is the user's. */
export const BOUND = `istio.io/use-waypoint=${L7_WAYPOINT}`;

/** The proxies, one in each namespace that has listed Services. */
export function l7Waypoints(services: readonly MeshService[]): Waypoint[] {
  const namespaces = [...new Set(services.map(({ namespace }) => namespace))].sort();
  return namespaces.map((namespace) => ({ name: L7_WAYPOINT, namespace }));
}

/** How many of them run, and what they talk to. */
export function l7Manifests(
  { services, scrapeNamespaces }: IstioConfig,
  replicas: number,
  dns: Global["dns"],
): Manifest[] {
  return l7Waypoints(services).flatMap((waypoint) => {
    const { namespace } = waypoint;
    const callers = services
      .filter((service) => service.namespace === namespace)
      .flatMap(({ allow }) => allow.flatMap(({ from }) => from.map((client) => client.namespace)));
    const clients = [...new Set([namespace, ...callers])].sort();
    return [proxyOptions(waypoint, replicas), waypointTraffic(waypoint, clients, scrapeNamespaces, dns)];
  });
}

/**
 * The proxies, and for each Service what the proxy lets through of HTTP and that its pods take connections of the proxy alone:
 * a call to a pod's own address would else see no policy of HTTP.
 */
export function l7Objects(services: readonly MeshService[]): PlannedObject[] {
  return [
    ...l7Waypoints(services).map(waypointGateway),
    ...services.flatMap((service) => [allowed(service), throughProxyAlone(service)]),
  ];
}

function allowed({ namespace, name, allow }: MeshService): PlannedObject {
  return {
    ...AUTHORIZATION,
    metadata: { name: `security-stack-l7-${name}`, namespace },
    spec: {
      targetRefs: [{ group: "", kind: "Service", name }],
      action: "ALLOW",
      rules: allow.map(({ from, methods, paths }) => ({
        from: from.map(callerOf),
        to: [{ operation: { methods, paths } }],
      })),
    },
  };
}

function throughProxyAlone({ namespace, name, pods }: MeshService): PlannedObject {
  return {
    ...AUTHORIZATION,
    metadata: { name: `security-stack-l7-${name}-pods`, namespace },
    spec: {
      selector: { matchLabels: pods },
      action: "ALLOW",
      rules: [{ from: [{ source: { principals: [principalOf({ name: L7_WAYPOINT, namespace })] } }] }],
    },
  };
}

const AUTHORIZATION = { apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy" } as const;
