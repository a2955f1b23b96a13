import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import type { AlertReceiver } from "../core/contract/contribution";
import type { Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { ANYWHERE, networkPolicy, tcp, toEndpoint, toPodIdentity } from "../kubernetes/network-policies";
import { ALERTMANAGER, ALERTMANAGER_PORT, NOTIFIER, selectorOf } from "./names";
import type { NotificationsConfig } from "./notifications-schema";

/**
 * What may flow, over the platform's default of nothing but DNS: the notifier to Elasticsearch and Alertmanager, Alertmanager
 * to the receivers, which are anywhere in the internet at their ports. Only the notifier reaches Alertmanager.
 */
export function networkPolicies(
  namespace: string,
  config: NotificationsConfig,
  store: Store,
  programs: readonly AlertReceiver[],
): Manifest[] {
  return [
    networkPolicy({ name: NOTIFIER, namespace }, selectorOf(NOTIFIER), {
      egress: [
        { to: [{ podSelector: { matchLabels: selectorOf(ALERTMANAGER) } }], ports: [tcp(ALERTMANAGER_PORT)] },
        ...store.endpoints.map((endpoint) => toEndpoint(endpoint, store.podPort)),
      ],
    }),
    networkPolicy({ name: ALERTMANAGER, namespace }, selectorOf(ALERTMANAGER), {
      ingress: [
        { from: [{ podSelector: { matchLabels: selectorOf(NOTIFIER) } }], ports: [tcp(ALERTMANAGER_PORT)] },
      ],
      egress: [...toReceivers(config), ...programs.map(({ url, podPort }) => toEndpoint(url, podPort))],
    }),
  ];
}

function toReceivers({ receivers, awsCredentialsSecretRef }: NotificationsConfig): NetworkPolicyEgressRule[] {
  const inTheInternet = receivers.some(
    ({ slack, sns, pagerduty, opsgenie, msteams }) => slack ?? sns ?? pagerduty ?? opsgenie ?? msteams,
  );
  const mailPorts = receivers.flatMap(({ email }) => (email ? [Number(email.smarthost.split(":")[1])] : []));
  const anywhere = [...new Set([...(inTheInternet ? [443] : []), ...mailPorts])];
  const usesRole = awsCredentialsSecretRef === undefined && receivers.some(({ sns }) => sns !== undefined);
  return [
    ...(anywhere.length > 0 ? [{ to: ANYWHERE, ports: anywhere.map(tcp) }] : []),
    ...receivers.flatMap(({ webhook }) => (webhook ? [toEndpoint(webhook.url)] : [])),
    ...(usesRole ? [toPodIdentity()] : []),
  ];
}
