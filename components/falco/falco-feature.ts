import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import { serviceAccount } from "../kubernetes/pods";
import { falcoNextSteps, falcoWarnings } from "./advice";
import { falcoCollector, PROCESS_EXCEPTION_FIELDS } from "./falco-collector";
import { type ConfigMapManifest, type FalcoConfigMaps, falcoDaemonSet } from "./falco-daemonset";
import { falcoExceptions } from "./falco-exceptions";
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
  frameworks: [
    "NIST CSF 2.0 DE.CM-01",
    "NIST CSF 2.0 DE.CM-09",
    "ISO/IEC 27001:2022 8.16",
    "NSA/CISA audit-logging-and-threat-detection",
    "SOC 2 CC7.2",
  ],
  tests: [
    "test/unit/falco-samples.test.ts",
    "test/unit/falco-rules.test.ts",
    "test/pipeline/scenario-replay.test.ts",
  ],
  priority: 100,
  schema: falcoSchema,
  workloads: [NAME],
  collector: falcoCollector,
  hostPrograms: ["/usr/bin/falco"],
  detectionRules: falcoDetectionRules,
  plan: planFalco,
});

function planFalco(config: FalcoConfig, context: PlanContext): Contribution {
  const metadata = { name: NAME, namespace: context.namespaces.privileged };
  const eventFile = `${context.shared.nodeLogBasePath}/${NAME}/events.log`;
  const rules = stackRules(config, context.namespaces);
  const exceptions = falcoExceptions(NAME, context.exceptions, rules, config.rules.custom);
  const byProcess = context.exceptions.some(({ process }) => process !== undefined);
  const configMaps = planConfigMaps(config, metadata.namespace, {
    config: falcoYaml(config, eventFile, byProcess ? PROCESS_EXCEPTION_FIELDS : []),
    rules: { ...rules, ...exceptions.rules },
  });
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
    detections: loadedRules(config, rules),
    conditions: [{ type: "FalcoReady", workloads: [{ kind: "DaemonSet", ...metadata }] }],
    ...(exceptions.applied.length > 0 ? { exceptions: exceptions.applied } : {}),
    warnings: falcoWarnings(config, rules),
    nextSteps: falcoNextSteps(config),
  };
}

function planConfigMaps(
  config: FalcoConfig,
  namespace: string,
  texts: { config: string; rules: Record<string, string> },
): FalcoConfigMaps {
  const configMap = (name: string, data: Record<string, string>): ConfigMapManifest => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data,
  });
  return {
    config: configMap(NAME, { "falco.yaml": texts.config }),
    rules: configMap(`${NAME}-rules`, texts.rules),
    customRules: hasCustomRules(config) ? configMap(`${NAME}-custom-rules`, config.rules.custom) : undefined,
    rotation: configMap(`${NAME}-rotation`, rotationScript()),
  };
}
