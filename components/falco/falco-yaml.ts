import { stringify } from "yaml";
import { ALERT_FIELDS } from "./falco-collector";
import type { FalcoConfig } from "./falco-schema";
import { NOISY_RULES } from "./noise";

/** Port of Falco's web server: `/healthz`, `/metrics` and `/versions`, without authentication. */
export const WEB_PORT = 8765;

/** Variable with the pod's own address. */
export const POD_IP = "POD_IP";

/** Folders in the container. */
export const RULES_FOLDER = "/etc/falco/rules.d";
export const CUSTOM_RULES_FOLDER = "/etc/falco/rules.custom.d";

/**
 * falco.yaml. What is left out has Falco's own default (falcosecurity/falco 0.45: falco.yaml), except where
 * the file of the image and the default in the code differ; those are set.
 * @param furtherFields for every alert, beyond those that its document is made of
 */
export function falcoYaml(
  config: FalcoConfig,
  eventFile: string,
  furtherFields: readonly string[] = [],
): string {
  return stringify(
    {
      ...files(config),
      ...engine(config),
      ...outputs(eventFile, furtherFields),
      ...logging(),
      ...webserver(config),
      priority: config.priority.toLowerCase(),
      rule_matching: config.ruleMatching,
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function files(config: FalcoConfig) {
  return {
    // The image's /etc/falco/config.d would load the container plugin a second time and change the times'
    // format (config/falco.{container_plugin,iso8601_timeformat}.yaml).
    config_files: [],
    // A changed ConfigMap rolls the pods by their checksum; a reload in place would come at any time between.
    watch_config_files: false,
    rules_files: [
      "/etc/falco/falco_rules.yaml",
      RULES_FOLDER,
      ...(hasCustomRules(config) ? [CUSTOM_RULES_FOLDER] : []),
    ],
    rules: ruleSelection(config),
  };
}

export function hasCustomRules(config: FalcoConfig): boolean {
  return Object.keys(config.rules.custom).length > 0;
}

// Evaluated in order, after all files are loaded.
function ruleSelection({ rules }: FalcoConfig) {
  return [
    ...NOISY_RULES.map(({ rule }) => ({ disable: { rule } })),
    ...rules.disableTags.map((tag) => ({ disable: { tag } })),
    ...rules.disable.map((rule) => ({ disable: { rule } })),
    ...rules.enable.map((rule) => ({ enable: { rule } })),
  ];
}

function engine({ ebpf, runtimeSockets }: FalcoConfig) {
  const off = { enabled: false };
  return {
    engine: {
      kind: "modern_ebpf",
      modern_ebpf: { buf_size_preset: ebpf.bufferPreset, cpus_for_each_buffer: ebpf.cpusPerBuffer },
    },
    load_plugins: ["container"],
    plugins: [
      {
        name: "container",
        library_path: "libcontainer.so",
        init_config: {
          // The CRI names pods and namespaces; the containerd engine of the plugin does not.
          engines: {
            cri: { enabled: true, sockets: runtimeSockets },
            containerd: off,
            docker: off,
            podman: off,
            lxc: off,
            libvirt_lxc: off,
            bpm: off,
          },
        },
      },
    ],
  };
}

function outputs(eventFile: string, furtherFields: readonly string[]) {
  return {
    json_output: true,
    json_include_output_property: true,
    json_include_output_fields_property: true,
    json_include_tags_property: true,
    // container.id, k8s.pod.name and the other fields that the container plugin suggests, and what every document is
    // to have.
    append_output: [
      { suggested_output: true },
      { match: { source: "syscall" }, extra_fields: [...ALERT_FIELDS, ...furtherFields] },
    ],
    // Reopened for each alert, so rotation by renaming needs no signal and loses no line.
    file_output: { enabled: true, keep_alive: false, filename: eventFile },
    stdout_output: { enabled: false },
    syslog_output: { enabled: false },
    buffered_outputs: false,
    // Without a bound Falco grows until it is killed while the disk is slow or full, and loses all of it.
    outputs_queue: { capacity: 100_000 },
  };
}

function logging() {
  return {
    log_stderr: true,
    log_syslog: false,
    log_level: "info",
    libs_logger: { enabled: true, severity: "warning" },
    // Whoever floods the kernel with calls hides others: any drop (threshold 0) is an alert of the source "internal", at most
    // one in 30 s, which becomes a document and an alert in Kibana. Not "log", which writes at debug, and before "alert"
    // takes the text away from it (falcosecurity/falco, event_drops.cpp: std::move). The manual asks for `priority: debug`;
    // the code does not (falco_outputs.cpp, handle_msg). confirm with the sensor
    syscall_event_drops: { threshold: 0, actions: ["alert"], rate: 0.03333, max_burst: 1 },
  };
}

function webserver({ metrics }: FalcoConfig) {
  return {
    webserver: {
      enabled: true,
      listen_port: WEB_PORT,
      // Its default is all IPv4 addresses; the pod's own may be an IPv6 one. Falco puts variables into its configuration before
      // it judges it (falcosecurity/falco, yaml_helper.h: pre_process_env_vars; configuration.cpp takes both families).
      listen_address: `\${${POD_IP}}`,
      k8s_healthz_endpoint: "/healthz",
      prometheus_metrics_enabled: metrics.enabled,
    },
    // As an alert (output_rule) the counters would need priority informational.
    metrics: { enabled: metrics.enabled, interval: metrics.interval, output_rule: false },
  };
}
