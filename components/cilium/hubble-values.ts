import type { Resources, WorkloadSettings } from "../kubernetes/workloads";
import { chartScheduling } from "../kubernetes/workloads";
import { PORTS } from "./cilium-names";
import type { CiliumConfig } from "./cilium-schema";

/** Pods of Hubble; none where the config has none of them. */
export interface HubbleParts {
  relay?: WorkloadSettings;
  ui?: WorkloadSettings & { backend: { image: string; resources: Resources } };
  /** What makes the certificates between agents and relay. */
  certificates: WorkloadSettings;
  /** Of the file with dropped packets, on the node and in the agent's container alike. */
  exportDirectory: string;
}

/** The value `hubble` of the chart. */
export function hubbleValues(config: CiliumConfig["hubble"], parts: HubbleParts): Record<string, unknown> {
  return {
    enabled: true,
    metrics: { enabled: config.metrics.length > 0 ? config.metrics : null, port: PORTS.hubbleMetrics },
    // With `helm` the keys would be in Pulumi's state, and other ones after each preview without a cluster.
    tls: { auto: { method: "cronJob" } },
    relay: relayValues(parts.relay),
    ui: uiValues(parts.ui),
    export: { static: dropValues(config.drops, parts.exportDirectory) },
  };
}

/** The value `certgen` of the chart. */
export function certificateValues({ certificates }: HubbleParts): Record<string, unknown> {
  return {
    image: { override: certificates.image },
    resources: certificates.resources,
    ...chartScheduling(certificates),
  };
}

/** By the chart's own strategy none of its one pod has to be there, and an update does not wait for it. */
const ONE_MORE = { rollingUpdate: { maxUnavailable: 0 } };

function relayValues(relay: WorkloadSettings | undefined) {
  if (!relay) return { enabled: false };
  return {
    enabled: true,
    image: { override: relay.image },
    rollOutPods: true,
    replicas: relay.replicas,
    resources: relay.resources,
    ...chartScheduling(relay),
    updateStrategy: ONE_MORE,
    // A debugging server; nothing needs it.
    gops: { enabled: false },
  };
}

function uiValues(ui: HubbleParts["ui"]) {
  if (!ui) return { enabled: false };
  return {
    enabled: true,
    rollOutPods: true,
    replicas: ui.replicas,
    ...chartScheduling(ui),
    updateStrategy: ONE_MORE,
    frontend: { image: { override: ui.image }, resources: ui.resources },
    backend: { image: { override: ui.backend.image }, resources: ui.backend.resources },
  };
}

function dropValues({ enabled, maxMegabytes, maxFiles }: CiliumConfig["hubble"]["drops"], folder: string) {
  if (!enabled) return { enabled };
  return {
    enabled,
    filePath: `${folder}/events.log`,
    allowList: ['{"verdict":["DROPPED"]}'],
    fileMaxSizeMb: maxMegabytes,
    fileMaxBackups: maxFiles,
    // The collector would read a compressed file as a new one.
    fileCompress: false,
  };
}
