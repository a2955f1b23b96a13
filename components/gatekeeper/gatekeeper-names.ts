import { CHART_NAMESPACES } from "../core/tables/chart-namespaces";

/** Its own: as a namespace of the chart's, so that its guides fit. */
export const NAMESPACE = CHART_NAMESPACES.gatekeeper;

/** Of the chart and its release. */
export const CHART = "gatekeeper";

/** The account of all its pods; the chart makes it. */
export const SERVICE_ACCOUNT = "gatekeeper-admin";

export const CONTROLLER = "gatekeeper-controller-manager";
export const AUDIT = "gatekeeper-audit";

export const WEBHOOK = "gatekeeper-validating-webhook-configuration";

/** With the certificate of its webhook, which it makes and renews itself. */
export const CERTIFICATE = "gatekeeper-webhook-server-cert";

/** On which its pods listen for the API server. */
export const WEBHOOK_PORT = 8443;

/** On which its pods tell their metrics (chart 3.23.1, values.yaml: metricsPort). */
export const METRICS_PORT = 8888;
