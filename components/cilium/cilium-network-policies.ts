import type { Manifest } from "../kubernetes/manifest";
import { ANYWHERE, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
import { APP_LABEL, CERTIFICATES, PORTS, RELAY, UI } from "./cilium-names";
import type { CiliumConfig } from "./cilium-schema";

/** What the pods that have a network of their own may reach: agents and operator are on their nodes'. */
export function networkPolicies(namespace: string, { relay, ui }: CiliumConfig["hubble"]): Manifest[] {
  const of = (name: string, traffic: Parameters<typeof networkPolicy>[2]) =>
    networkPolicy({ name, namespace }, { [APP_LABEL]: name }, traffic);
  const uiPods = { podSelector: { matchLabels: { [APP_LABEL]: UI } } };
  const relayPods = { podSelector: { matchLabels: { [APP_LABEL]: RELAY } } };
  const ports = [tcp(PORTS.relay)];
  return [
    of(CERTIFICATES, { egress: [toApiServer()] }),
    ...(relay
      ? [
          of(RELAY, {
            ingress: ui ? [{ from: [uiPods], ports }] : [],
            // The agents are on the hosts' network, whose addresses are not known here.
            egress: [{ to: ANYWHERE, ports: [tcp(PORTS.hubble)] }],
          }),
        ]
      : []),
    ...(ui ? [of(UI, { egress: [{ to: [relayPods], ports }, toApiServer()] })] : []),
  ];
}
