import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import type { Manifest } from "../kubernetes/manifest";
import { falcoNextSteps, falcoWarnings } from "./advice";
import { falcoCollector } from "./falco-collector";
import { type ConfigMapManifest, type FalcoConfigMaps, falcoDaemonSet } from "./falco-daemonset";
import { falcoNetworkPolicy } from "./falco-network-policy";
import { type FalcoConfig, falcoSchema } from "./falco-schema";
import { falcoYaml, hasCustomRules } from "./falco-yaml";
import { loadedRules } from "./loaded-rules";
import { ROTATION, rotationScript } from "./rotation";
import { falcoDetectionRules } from "./rule-facts";
import { stackRules } from "./rules";

const NAME = "falco";

/** Falco: reports suspicious system calls of containers and hosts, by rules, to a file on the node. */
export const falco = defineFeature({
  name: NAME,
  title: "Falco",
  priority: 100,
  schema: falcoSchema,
  workloads: [NAME],
  collector: falcoCollector,
  detectionRules: falcoDetectionRules,
  plan: planFalco,
});

function planFalco(config: FalcoConfig, context: PlanContext): Contribution {
  const metadata = { name: NAME, namespace: context.namespaces.privileged };
  const eventFile = `${context.shared.nodeLogBasePath}/${NAME}/events.log`;
  const rules = stackRules(config, context.namespaces);
  const configMaps = planConfigMaps(config, metadata.namespace, eventFile, rules);
  const settings = context.workload(NAME, "DaemonSet", IMAGES.falco);
  const rotationImage = context.sideContainer(ROTATION, IMAGES.busybox);
  return {
    manifests: [
      serviceAccount(metadata),
      ...Object.values(configMaps).filter((map) => map !== undefined),
      falcoNetworkPolicy(metadata, config.metrics),
      falcoDaemonSet({ metadata, config, settings, rotationImage, configMaps, eventFile }),
    ],
    // Reads /host/proc/1 as it starts.
    hostPrograms: ["/usr/bin/falco"],
    detections: loadedRules(config, rules),
    conditions: [{ type: "FalcoReady", workloads: [{ kind: "DaemonSet", ...metadata }] }],
    warnings: falcoWarnings(config, rules),
    nextSteps: falcoNextSteps(config),
  };
}

function serviceAccount(metadata: { name: string; namespace: string }): Manifest {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
}

function planConfigMaps(
  config: FalcoConfig,
  namespace: string,
  eventFile: string,
  rules: Record<string, string>,
): FalcoConfigMaps {
  const configMap = (name: string, data: Record<string, string>): ConfigMapManifest => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data,
  });
  return {
    config: configMap(NAME, { "falco.yaml": falcoYaml(config, eventFile) }),
    rules: configMap(`${NAME}-rules`, rules),
    customRules: hasCustomRules(config) ? configMap(`${NAME}-custom-rules`, config.rules.custom) : undefined,
    rotation: configMap(`${NAME}-rotation`, rotationScript()),
  };
}
