import { z } from "zod";
import {
  type Contribution,
  defineFeature,
  type Feature,
  type PlanContext,
} from "../../../components/core/contract/feature";

const IMAGE = { registry: "docker.io", repository: "library/busybox", tag: "1.37.0", why: "a toy for tests" };
const RESOURCES = { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "20m", memory: "32Mi" } };

/** A complete tool in one module: what someone writes who adds one. Used to test that nothing else is needed. */
export function toyFeature(name = "toy", extra: Partial<Feature> = {}): Feature {
  return defineFeature({
    name,
    title: "Toy",
    priority: 100,
    schema: z.strictObject({
      greeting: z.string().default("hello"),
      level: z.enum(["low", "high"]).default("low"),
      count: z.int().min(1).max(5).default(1),
    }),
    workloads: [name],
    plan: (config, context) => planToy(name, config.greeting, context),
    ...extra,
  } as Feature<{ greeting: string }>);
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
    collector: {
      receivers: { [`file_log/${name}`]: { include: [`${context.shared.nodeLogBasePath}/${name}/*.log`] } },
      index: "events",
      tool: name,
      document: { expects: [], time: 'log.cache["source"]["time"]', identity: [], statements: [] },
    },
    conditions: [{ type: "ToyReady", workloads: [{ kind: "DaemonSet", namespace, name }] }],
  };
}
