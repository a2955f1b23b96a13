import type { PlannedObject } from "../kubernetes/manifest";
import type { EgressHost, MeshClient } from "./egress-schema";
import { EGRESS_NAMESPACE, WAYPOINT } from "./istio-names";
import { principalOf, type Waypoint, waypointGateway } from "./waypoint";

/** The proxy through which pods of the mesh leave the cluster. */
export const EGRESS: Waypoint = { name: WAYPOINT, namespace: EGRESS_NAMESPACE };

/** Labels that bind the hosts of a namespace to the proxy (istio.io, ambient: egress gateway). */
export const THROUGH_WAYPOINT = { "istio.io/use-waypoint": WAYPOINT } as const;

/** The proxy, and for each host a ServiceEntry that sends it there and who may. Nothing where no host is listed. */
export function egressObjects(hosts: readonly EgressHost[]): PlannedObject[] {
  if (hosts.length === 0) return [];
  return [waypointGateway(EGRESS), ...hosts.flatMap((host) => [serviceEntry(host), allowed(host)])];
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
          from: from.map(callerOf),
          to: [{ operation: { ports: ports.map(({ number }) => String(number)) } }],
        },
      ],
    },
  };
}

/** A caller by the identity that the mesh gives its pods. */
export function callerOf({ namespace, serviceAccount }: MeshClient): object {
  return {
    source: serviceAccount
      ? { principals: [principalOf({ name: serviceAccount, namespace })] }
      : { namespaces: [namespace] },
  };
}

/** A host's name may be longer than a label's value. */
function ofHost(host: string) {
  const labels = { "app.kubernetes.io/name": "egress-host" };
  return { name: host, namespace: EGRESS_NAMESPACE, labels };
}
