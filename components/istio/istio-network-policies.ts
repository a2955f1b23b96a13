import type { Manifest } from "../kubernetes/manifest";
import { ANYWHERE, namespaceOf, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
import type { EgressConfig } from "./egress-schema";
import {
  EGRESS_NAMESPACE,
  HBONE_PORT,
  ISTIOD,
  NAMESPACE,
  WAYPOINT,
  WEBHOOK_PORT,
  XDS_PORT,
  ZTUNNEL,
} from "./istio-names";

/** Where a cloud tells its machines who they are; no host's name leads there rightly. */
const LINK_LOCAL = { "0.0.0.0/0": ["169.254.0.0/16"], "::/0": ["fe80::/10", "fd00:ec2::/32"] } as const;

/** What Istio's own pods may talk to. What ztunnel carries for a pod flows in that pod's network namespace, not in its own. */
export function networkPolicies(): Manifest[] {
  const metadata = (name: string) => ({ name, namespace: NAMESPACE });
  return [
    networkPolicy(
      metadata(ISTIOD),
      { app: ISTIOD },
      {
        ingress: [
          { from: [namespaceOf(NAMESPACE), namespaceOf(EGRESS_NAMESPACE)], ports: [tcp(XDS_PORT)] },
          // The API server has no pod to select, and calls from an address that is not known here.
          { from: ANYWHERE, ports: [tcp(WEBHOOK_PORT)] },
        ],
        egress: [toApiServer()],
      },
    ),
    networkPolicy(metadata("istio-cni"), { "k8s-app": "istio-cni-node" }, { egress: [toApiServer()] }),
    networkPolicy(
      metadata(ZTUNNEL),
      { app: ZTUNNEL },
      { egress: [{ to: [{ podSelector: { matchLabels: { app: ISTIOD } } }], ports: [tcp(XDS_PORT)] }] },
    ),
  ];
}

/** Pods of the mesh reach the proxy, and it alone the hosts' ports outside. */
export function waypointPolicy({ hosts, networks }: EgressConfig, mesh: readonly string[]): Manifest[] {
  if (hosts.length === 0) return [];
  const ports = [...new Set(hosts.flatMap((host) => host.ports.map(({ number }) => number)))].sort(
    (a, b) => a - b,
  );
  return [
    networkPolicy(
      { name: WAYPOINT, namespace: EGRESS_NAMESPACE },
      { "gateway.networking.k8s.io/gateway-name": WAYPOINT },
      {
        ingress: [{ from: mesh.map(namespaceOf), ports: [tcp(HBONE_PORT)] }],
        egress: [
          {
            to: [{ ...namespaceOf(NAMESPACE), podSelector: { matchLabels: { app: ISTIOD } } }],
            ports: [tcp(XDS_PORT)],
          },
          { to: networks.map(outside), ports: ports.map(tcp) },
        ],
      },
    ),
  ];
}

function outside(cidr: string) {
  const except = Object.entries(LINK_LOCAL).find(([network]) => network === cidr)?.[1];
  return { ipBlock: { cidr, ...(except ? { except: [...except] } : {}) } };
}
