import { z } from "zod";
import type { PlanContext } from "../../../components/core/contract/context";
import type { Contribution } from "../../../components/core/contract/contribution";
import {
  defineFeature,
  type Feature,
  type FeatureBehaviour,
  type FeatureFacts,
} from "../../../components/core/contract/feature";
import type { CollectorFragment } from "../../../components/documents/documents";

const schema = z.strictObject({
  greeting: z.string().default("hello"),
  level: z.enum(["low", "high"]).default("low"),
  count: z.int().min(1).max(5).default(1),
});

type ToyConfig = z.output<typeof schema>;

const IMAGE = { registry: "docker.io", repository: "library/busybox", tag: "1.37.0", why: "a toy for tests" };
const RESOURCES = { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "20m", memory: "32Mi" } };

/** A complete tool in one module: what someone writes who adds one. Used to test that nothing else is needed. */
export function toyFeature(
  name = "toy",
  extra: Partial<FeatureFacts & FeatureBehaviour<ToyConfig, undefined>> = {},
): Feature {
  return defineFeature({
    name,
    title: "Toy",
    priority: 100,
    schema,
    workloads: [name],
    collector: toyCollector(name),
    plan: (config, context) => planToy(name, config.greeting, context),
    ...extra,
  });
}

function planToy(name: string, greeting: string, context: PlanContext): Contribution {
  const namespace = context.namespaces.privileged;
  const settings = context.workload(name, "DaemonSet", IMAGE, { resources: RESOURCES });
  const selector = { "app.kubernetes.io/name": name };
  return {
    manifests: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { greeting } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name },
        rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
      },
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name, namespace },
        spec: {
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: selector },
            spec: {
              tolerations: settings.tolerations,
              nodeSelector: settings.nodeSelector,
              containers: [{ name, image: settings.image, resources: settings.resources }],
            },
          },
        },
      },
    ],
    conditions: [{ type: "ToyReady", workloads: [{ kind: "DaemonSet", namespace, name }] }],
  };
}

export function toyCollector(name: string): CollectorFragment {
  return {
    tool: name,
    index: "events",
    severities: { loud: 4, quiet: 1 },
    fields: {},
    samples: () => [{ file: "toy.log", lines: ['{"time":"2026-11-28T20:21:55Z","greeting":"hello"}'] }],
    receivers: (nodeLogBasePath) => ({
      [`file_log/${name}`]: { include: [`${nodeLogBasePath}/${name}/*.log`] },
    }),
    document: { expects: [], time: 'log.cache["source"]["time"]', identity: [], statements: [] },
  };
}
