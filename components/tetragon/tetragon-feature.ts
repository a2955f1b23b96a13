import { PRIVATE_NETWORKS } from "../core/config/networks";
import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { type DetectionRule, defineFeature } from "../core/contract/feature";
import { CHARTS, IMAGES } from "../core/tables/pins";
import type { CustomObject } from "../kubernetes/manifest";
import { policyObjects, policySpec, type SensorPrograms } from "./build-policy";
import { POLICIES } from "./policies/own-policies";
import { tetragonCollector } from "./tetragon-collector";
import { type TetragonConfig, tetragonSchema } from "./tetragon-schema";
import { NAME, tetragonValues } from "./tetragon-values";
import { tetragonWarnings } from "./warnings";

/** Tetragon: reports processes, and what its TracingPolicies look for in the kernel, to a file on the node. */
export const tetragon = defineFeature({
  name: NAME,
  title: "Tetragon",
  // Planned after the other sensors, whose programs its policies leave out.
  priority: 90,
  schema: tetragonSchema,
  workloads: [NAME],
  collector: tetragonCollector,
  detectionRules,
  doctor: { crd: { name: "tracingpolicies.cilium.io", installation: "Tetragon" } },
  plan: planTetragon,
});

function planTetragon(config: TetragonConfig, context: PlanContext): Contribution {
  const namespace = context.namespaces.privileged;
  const protectedNamespaces = protectedOf(config, context);
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
        }),
      },
    ],
    customObjects: planPolicies(config, protectedNamespaces, sensorsOf(context)),
    detections: [...config.policies, ...Object.keys(config.customPolicies)],
    conditions: [{ type: "TetragonReady", workloads: [{ kind: "DaemonSet", namespace, name: NAME }] }],
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

function sensorsOf({ contributions, namespaces }: PlanContext): SensorPrograms {
  const programs = contributions.flatMap(({ contribution }) => contribution.hostPrograms ?? []);
  return { namespace: namespaces.privileged, programs: [...new Set(programs)].sort() };
}

function planPolicies(
  config: TetragonConfig,
  protectedNamespaces: string[],
  sensors: SensorPrograms,
): CustomObject[] {
  const deployment = (name: string) => ({
    enforce: config.enforce.includes(name),
    namespaces: config.namespaces[name] ?? [],
    protectedNamespaces,
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
