import { isWithin, PRIVATE_NETWORKS } from "../core/config/networks";
import type { HostEgress } from "../core/contract/contribution";
import type { Manifest } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
import { EGRESS } from "./egress";
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
import { l7Waypoints } from "./service-policies";
import { PROXY_METRICS, podsOfWaypoint, toIstiod } from "./waypoint";

/** Where each part tells its metrics (the annotations of the charts' pods). */
const METRICS = { istiod: 15014, cni: 15014, proxy: PROXY_METRICS } as const;

/** No host outside is there: a name that leads to one of these was meant to lead inside, or to a cloud's metadata. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0/0": ["169.254.0.0/16", ...PRIVATE_NETWORKS.filter((network) => !network.includes(":"))],
  "::/0": ["fe80::/10", ...PRIVATE_NETWORKS.filter((network) => network.includes(":"))],
};

/** What Istio's own pods may talk to. What ztunnel carries for a pod flows in that pod's network namespace, not in its own. */
export function networkPolicies({
  scrapeNamespaces,
  services,
}: Pick<IstioConfig, "scrapeNamespaces" | "services">): Manifest[] {
  // Of users' namespaces the proxy alone, and not their pods.
  const proxies = l7Waypoints(services).map(({ name, namespace }) => ({
    ...namespaceOf(namespace),
    podSelector: { matchLabels: podsOfWaypoint(name) },
  }));
  const metadata = (name: string) => ({ name, namespace: NAMESPACE });
  return [
    networkPolicy(
      metadata(ISTIOD),
      { app: ISTIOD },
      {
        ingress: [
          {
            from: [namespaceOf(NAMESPACE), namespaceOf(EGRESS_NAMESPACE), ...proxies],
            ports: [tcp(XDS_PORT)],
          },
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
    networkPolicy({ name: WAYPOINT, namespace: EGRESS_NAMESPACE }, podsOfWaypoint(WAYPOINT), {
      ingress: [
        { from: namespaces.map(namespaceOf), ports: [tcp(HBONE_PORT)] },
        ...scraped(scrapeNamespaces, METRICS.proxy),
      ],
      egress: [toIstiod(), { to: networks.map(outside), ports: ports.map(tcp) }],
    }),
  ];
}

/** The way of the proxy by the hosts' names, for what knows them. */
export function hostEgress({ hosts, networks }: IstioConfig["egress"]): HostEgress {
  return {
    ...EGRESS,
    pods: podsOfWaypoint(WAYPOINT),
    hosts: hosts.map(({ host, ports }) => ({ host, ports: ports.map(({ number }) => number) })),
    never: Object.entries(INSIDE).flatMap(([family, inside]) =>
      (networks.includes(family) ? inside : [family]).flatMap((closed) => closedBut(closed, networks)),
    ),
  };
}

/** A network without those that are listed within it; nothing of it where all of it is. */
function closedBut(cidr: string, networks: readonly string[]): HostEgress["never"] {
  const listed = networks.filter((network) => INSIDE[network] === undefined);
  if (listed.some((network) => isWithin(cidr, network))) return [];
  const except = listed.filter((network) => isWithin(network, cidr));
  return [{ cidr, ...(except.length > 0 ? { except } : {}) }];
}

function outside(cidr: string) {
  const except = INSIDE[cidr];
  return { ipBlock: { cidr, ...(except ? { except: [...except] } : {}) } };
}

function scraped(from: readonly string[], port: number) {
  return from.length === 0 ? [] : [{ from: from.map(namespaceOf), ports: [tcp(port)] }];
}
