import { PRIVATE_NETWORKS } from "../core/config/networks";
import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { type DetectionRule, defineFeature } from "../core/contract/feature";
import { CHARTS, IMAGES } from "../core/tables/pins";
import type { CustomObject } from "../kubernetes/manifest";
import { policyObjects, policySpec, type SensorPrograms } from "./build-policy";
import { POLICIES } from "./policies/own-policies";
import { tetragonCollector } from "./tetragon-collector";
import { exceptedPods, quietProcesses, tetragonApplied } from "./tetragon-exceptions";
import { type TetragonConfig, tetragonSchema } from "./tetragon-schema";
import { NAME, tetragonValues } from "./tetragon-values";
import { tetragonWarnings } from "./warnings";

/** Tetragon: reports processes, and what its TracingPolicies look for in the kernel, to a file on the node. */
export const tetragon = defineFeature({
  name: NAME,
  title: "Tetragon",
  frameworks: [
    "NIST CSF 2.0 DE.CM-01",
    "NIST CSF 2.0 DE.CM-09",
    "ISO/IEC 27001:2022 8.16",
    "NSA/CISA audit-logging-and-threat-detection",
    "SOC 2 CC7.2",
  ],
  tests: [
    "test/unit/tetragon-policies.test.ts",
    "test/cluster/tetragon-policies.test.ts",
    "test/pipeline/scenario-replay.test.ts",
  ],
  priority: 100,
  schema: tetragonSchema,
  workloads: [NAME],
  collector: tetragonCollector,
  detectionRules,
  doctor: { crd: { name: "tracingpolicies.cilium.io", installation: "Tetragon" } },
  kindsOfPeople: {
    ofCharts: ["tracingpolicies.v1alpha1.cilium.io", "tracingpoliciesnamespaced.v1alpha1.cilium.io"],
  },
  plan: planTetragon,
});

function planTetragon(config: TetragonConfig, context: PlanContext): Contribution {
  const namespace = context.namespaces.privileged;
  const protectedNamespaces = protectedOf(config, context);
  const applied = tetragonApplied(NAME, context.exceptions, narrowable(config));
  return {
    // Nothing holds the network of its pods: they are on the host's, out of reach of NetworkPolicies.
    manifests: [],
    charts: [
      {
        name: NAME,
        namespace,
        source: context.chart(CHARTS.tetragon),
        values: tetragonValues({
          config,
          settings: context.workload(NAME, "DaemonSet", IMAGES.tetragon),
          namespaces: context.namespaces,
          clusterName: context.global.clusterName,
          exportDirectory: `${context.shared.nodeLogBasePath}/${NAME}`,
          quiet: quietProcesses(NAME, context.exceptions),
        }),
      },
    ],
    customObjects: planPolicies(config, protectedNamespaces, context),
    detections: [...config.policies, ...Object.keys(config.customPolicies)],
    conditions: [{ type: "TetragonReady", workloads: [{ kind: "DaemonSet", namespace, name: NAME }] }],
    ...(applied.length > 0 ? { exceptions: applied } : {}),
    warnings: tetragonWarnings(config, protectedNamespaces),
    nextSteps: [
      `Tetragon's policies have no status of their own: kubectl -n ${namespace} exec ds/${NAME} -c ${NAME} -- tetra tracingpolicy list`,
    ],
  };
}

function detectionRules(): DetectionRule[] {
  return POLICIES.map(({ name, kprobes }) => ({
    name,
    tags: kprobes({ clusterCidrs: PRIVATE_NETWORKS }).flatMap(({ tags }) => tags),
  }));
}

function protectedOf(config: TetragonConfig, { namespaces }: PlanContext): string[] {
  return [...new Set([...config.protectedNamespaces, namespaces.privileged, namespaces.restricted])];
}

function sensorsOf({ registry, namespaces }: PlanContext): SensorPrograms {
  return { namespace: namespaces.privileged, programs: registry.hostPrograms };
}

/** Policies that take exceptions: what kills reports each kill, and one for named namespaces is for these. */
function narrowable({ policies, customPolicies, enforce, namespaces }: TetragonConfig): string[] {
  return [...policies, ...Object.keys(customPolicies)].filter(
    (name) => !enforce.includes(name) && namespaces[name] === undefined,
  );
}

function planPolicies(
  config: TetragonConfig,
  protectedNamespaces: string[],
  context: PlanContext,
): CustomObject[] {
  const sensors = sensorsOf(context);
  const taking = narrowable(config);
  const deployment = (name: string) => ({
    enforce: config.enforce.includes(name),
    namespaces: config.namespaces[name] ?? [],
    protectedNamespaces,
    ...(taking.includes(name) ? { excepted: exceptedPods(NAME, context.exceptions, name) } : {}),
  });
  const own = POLICIES.filter((policy) => config.policies.includes(policy.name)).flatMap((policy) =>
    policyObjects(policy.name, (enforce) => policySpec(policy, config, enforce), {
      ...deployment(policy.name),
      ...(policy.seesSensors ? { sensors } : {}),
    }),
  );
  const custom = Object.entries(config.customPolicies)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, spec]) => policyObjects(name, () => spec, deployment(name)));
  return [...own, ...custom];
}
