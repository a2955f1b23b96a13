import type { Manifest, Metadata } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp } from "../kubernetes/network-policies";
import { SELECTOR } from "./falco-daemonset";
import type { FalcoConfig } from "./falco-schema";
import { WEB_PORT } from "./falco-yaml";

/**
 * Nothing leaves Falco's pods, and only the namespaces that may scrape its metrics reach them. The kubelet's
 * probes come from the pod's own node, which NetworkPolicies always let through.
 */
export function falcoNetworkPolicy(metadata: Metadata, metrics: FalcoConfig["metrics"]): Manifest {
  const scrapers = metrics.enabled ? metrics.namespaces : [];
  const ingress = scrapers.length > 0 ? [{ from: scrapers.map(namespaceOf), ports: [tcp(WEB_PORT)] }] : [];
  return networkPolicy(metadata, SELECTOR, { ingress });
}
