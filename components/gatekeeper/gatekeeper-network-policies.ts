import type { Manifest } from "../kubernetes/manifest";
import { ANYWHERE, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
import { CHART, METRICS_PORT, NAMESPACE, WEBHOOK_PORT } from "./gatekeeper-names";
import type { GatekeeperConfig } from "./gatekeeper-schema";

/**
 * Its pods talk to the API server, the API server to those that answer it, and
 * whoever scrapes to all of them. The chart's own policy selects pods by a
 * label that the stack has changed.
 */
export function networkPolicies({
  webhook,
  scrapeNamespaces,
}: Pick<GatekeeperConfig, "webhook" | "scrapeNamespaces">): Manifest[] {
  const metadata = { name: CHART, namespace: NAMESPACE };
  // The API server has no pod to select, and calls from an address that is not known here.
  const asked = webhook ? [{ from: ANYWHERE, ports: [tcp(WEBHOOK_PORT)] }] : [];
  const from = scrapeNamespaces.map((name) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  }));
  const ingress = [...asked, ...(from.length > 0 ? [{ from, ports: [tcp(METRICS_PORT)] }] : [])];
  return [networkPolicy(metadata, { "app.kubernetes.io/name": CHART }, { ingress, egress: [toApiServer()] })];
}
