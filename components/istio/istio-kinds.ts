import type { KindsOfPeople } from "../core/contract/feature";

/** Not WorkloadEntry and GatewayClass, of which istiod writes some itself. */
export const KINDS_OF_PEOPLE: KindsOfPeople = {
  ofCharts: [
    "trafficextensions.v1alpha1.extensions.istio.io",
    "wasmplugins.v1alpha1.extensions.istio.io",
    "destinationrules.v1.networking.istio.io",
    "envoyfilters.v1alpha3.networking.istio.io",
    "gateways.v1.networking.istio.io",
    "proxyconfigs.v1beta1.networking.istio.io",
    "serviceentries.v1.networking.istio.io",
    "sidecars.v1.networking.istio.io",
    "virtualservices.v1.networking.istio.io",
    "workloadgroups.v1.networking.istio.io",
    "authorizationpolicies.v1.security.istio.io",
    "peerauthentications.v1.security.istio.io",
    "requestauthentications.v1.security.istio.io",
    "telemetries.v1.telemetry.istio.io",
  ],
  asObjects: ["gateways.v1.gateway.networking.k8s.io"],
  keptBy: "features[].config.keepCrds",
};
