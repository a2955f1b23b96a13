import type { Namespaces } from "../core/contract/namespaces";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { exportAllowList, exportDenyList, fieldFilters, redactionFilters } from "./export-filters";
import type { TetragonConfig } from "./tetragon-schema";

/** Of the chart and of its release. */
export const NAME = "tetragon";

export interface ValuesInput {
  config: TetragonConfig;
  settings: WorkloadSettings;
  namespaces: Namespaces;
  clusterName: string;
  /** On the node and in the container alike. */
  exportDirectory: string;
}

/** Values of the official chart; a test holds every key against the chart's own values.yaml. */
export function tetragonValues(input: ValuesInput): Record<string, unknown> {
  const { config, settings, exportDirectory } = input;
  return {
    exportDirectory,
    // The metrics Service selects pods by these; the chart's default are all labels, of which the stack changes some.
    daemonSetLabelsOverride: { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME },
    priorityClassName: settings.priorityClassName ?? "",
    nodeSelector: settings.nodeSelector,
    tolerations: settings.tolerations,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
    // Tetragon sees connections by the host's network.
    hostNetwork: true,
    tetragon: {
      image: { override: settings.image },
      resources: settings.resources,
      clusterName: input.clusterName,
      ...exportValues(input),
      processCacheSize: config.processCacheSize,
      hostProcPath: config.hostProcPath,
      enableProcessCred: config.processCredentials,
      enableProcessNs: config.processNamespaces,
      ...metricsValues(config.metrics),
      // A debugging server for everyone on the node; nothing needs it.
      gops: { enabled: false },
      extraArgs: throttle(config),
    },
    // Writes the events to the container's output as well, where they would be read a second time.
    export: { mode: "" },
    // With the operator the CRDs come some time after the chart, and the policies before them fail. It does
    // nothing else that is used here.
    crds: { installMethod: "helm" },
    tetragonOperator: { enabled: false },
  };
}

function exportValues({ config, namespaces }: ValuesInput) {
  return {
    exportFilename: "tetragon.log",
    // The collector reads as root.
    exportFilePerm: "600",
    exportFileMaxSizeMB: config.export.maxMegabytes,
    exportFileMaxBackups: config.export.maxFiles,
    // The collector would read a compressed file as a new one.
    exportFileCompress: false,
    exportRateLimit: config.export.perMinute,
    exportAllowList: exportAllowList(config.export),
    exportDenyList: exportDenyList(config.export, namespaces),
    fieldFilters: fieldFilters(config.export),
    redactionFilters: redactionFilters(config.export),
  };
}

function metricsValues({ enabled, exposed, labels }: TetragonConfig["metrics"]) {
  return {
    prometheus: {
      enabled,
      address: exposed ? "" : "localhost",
      port: 2112,
      metricsLabelFilter: labels.join(","),
    },
  };
}

/** Per container, so that a flood in one hides nothing in another (`--cgroup-rate`). */
function throttle({ containerEventsPerSecond }: TetragonConfig): Record<string, string> {
  return containerEventsPerSecond === 0 ? {} : { "cgroup-rate": `${containerEventsPerSecond},1s` };
}
