import { PRIVATE_NETWORKS } from "../core/config/networks";
import type { Manifest } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
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
import type { IstioConfig } from "./istio-schema";

/** Where each part tells its metrics (the annotations of the charts' pods). */
const METRICS = { istiod: 15014, cni: 15014, proxy: 15020 } as const;

/** No host outside is there: a name that leads to one of these was meant to lead inside, or to a cloud's metadata. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0/0": ["169.254.0.0/16", ...PRIVATE_NETWORKS.filter((network) => !network.includes(":"))],
  "::/0": ["fe80::/10", ...PRIVATE_NETWORKS.filter((network) => network.includes(":"))],
};

/** What Istio's own pods may talk to. What ztunnel carries for a pod flows in that pod's network namespace, not in its own. */
export function networkPolicies({ scrapeNamespaces }: Pick<IstioConfig, "scrapeNamespaces">): Manifest[] {
  const metadata = (name: string) => ({ name, namespace: NAMESPACE });
  return [
    networkPolicy(
      metadata(ISTIOD),
      { app: ISTIOD },
      {
        ingress: [
          { from: [namespaceOf(NAMESPACE), namespaceOf(EGRESS_NAMESPACE)], ports: [tcp(XDS_PORT)] },
          // The API server has no pod to select, and calls from an address that is not known here.
          { ports: [tcp(WEBHOOK_PORT)] },
          ...scraped(scrapeNamespaces, METRICS.istiod),
        ],
        egress: [toApiServer()],
      },
    ),
    networkPolicy(
      metadata("istio-cni"),
      { "k8s-app": "istio-cni-node" },
      {
        ingress: scraped(scrapeNamespaces, METRICS.cni),
        egress: [toApiServer()],
      },
    ),
    networkPolicy(
      metadata(ZTUNNEL),
      { app: ZTUNNEL },
      {
        ingress: scraped(scrapeNamespaces, METRICS.proxy),
        egress: [{ to: [{ podSelector: { matchLabels: { app: ISTIOD } } }], ports: [tcp(XDS_PORT)] }],
      },
    ),
  ];
}

/** Pods of the mesh reach the proxy, and it alone the hosts' ports outside. */
export function waypointPolicy(config: IstioConfig): Manifest[] {
  const { namespaces, scrapeNamespaces, egress } = config;
  const { hosts, networks } = egress;
  if (hosts.length === 0) return [];
  const ports = [...new Set(hosts.flatMap((host) => host.ports.map(({ number }) => number)))].sort(
    (a, b) => a - b,
  );
  return [
    networkPolicy(
      { name: WAYPOINT, namespace: EGRESS_NAMESPACE },
      { "gateway.networking.k8s.io/gateway-name": WAYPOINT },
      {
        ingress: [
          { from: namespaces.map(namespaceOf), ports: [tcp(HBONE_PORT)] },
          ...scraped(scrapeNamespaces, METRICS.proxy),
        ],
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
  const except = INSIDE[cidr];
  return { ipBlock: { cidr, ...(except ? { except: [...except] } : {}) } };
}

function scraped(from: readonly string[], port: number) {
  return from.length === 0 ? [] : [{ from: from.map(namespaceOf), ports: [tcp(port)] }];
}
