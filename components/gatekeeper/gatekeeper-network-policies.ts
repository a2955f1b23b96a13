import type { Manifest } from "../kubernetes/manifest";
import { ANYWHERE, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
import { CHART, NAMESPACE, WEBHOOK_PORT } from "./gatekeeper-names";

/**
 * Its pods talk to the API server, and the API server to those that answer it. The chart's own policy selects pods by a
 * label that the stack has changed.
 */
export function networkPolicies(hasWebhook: boolean): Manifest[] {
  const metadata = { name: CHART, namespace: NAMESPACE };
  // The API server has no pod to select, and calls from an address that is not known here.
  const ingress = hasWebhook ? [{ from: ANYWHERE, ports: [tcp(WEBHOOK_PORT)] }] : [];
  return [networkPolicy(metadata, { "app.kubernetes.io/name": CHART }, { ingress, egress: [toApiServer()] })];
}
