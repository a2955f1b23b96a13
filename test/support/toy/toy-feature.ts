import type { DaemonSet } from "kubernetes-types/apps/v1";
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
import { FLOAT, KEYWORD, object } from "../../../components/documents/fields";
import { lookup, set, setText, source } from "../../../components/documents/ottl";
import { type ContributedPanel, count, terms } from "../../../components/documents/panel";
import type { Severity } from "../../../components/documents/severities";
import type { WorkloadSettings } from "../../../components/kubernetes/workloads";
import { TOY_IMAGE, TOY_SIZING } from "./toy-rows";

const schema = z.strictObject({
  greeting: z.string().default("hello").describe("What the toy writes."),
  level: z.enum(["low", "high"]).default("low").describe("How loud it writes it."),
  count: z.int().min(1).max(5).default(1).describe("How often it writes it."),
});

type ToyConfig = z.output<typeof schema>;

/**
 * A complete sensor in one module, privileged and in the node's PID namespace: what someone writes who adds one. Used to
 * test that nothing else is needed.
 */
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
    panels: [toyPanel(name)],
    doctor: {
      crd: { name: "toys.toy.example", installation: "the toy operator" },
      architectures: { names: ["arm64"], fix: "Switch the toy off." },
    },
    plan: (config, context) => planToy(name, config, context),
    ...extra,
  });
}

function planToy(name: string, config: ToyConfig, context: PlanContext): Contribution {
  const metadata = { name, namespace: context.namespaces.privileged };
  const settings = context.workload(name, "DaemonSet", TOY_IMAGE, { resources: TOY_SIZING });
  return {
    manifests: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: { line: lineOf(config) } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name },
        rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
      },
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata,
        spec: daemonSet(name, config.count, settings, `${context.shared.nodeLogBasePath}/${name}`),
      },
    ],
    conditions: [{ type: "ToyReady", workloads: [{ kind: "DaemonSet", ...metadata }] }],
  };
}

function daemonSet(
  name: string,
  times: number,
  settings: WorkloadSettings,
  logFolder: string,
): DaemonSet["spec"] {
  const labels = { "app.kubernetes.io/name": name };
  const { image, resources, tolerations, nodeSelector, priorityClassName } = settings;
  const script = `while :; do for i in $(seq ${times}); do cat /etc/toy/line >> /log/toy.log; done; sleep 60; done`;
  return {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: name,
        automountServiceAccountToken: false,
        hostPID: true,
        tolerations,
        nodeSelector,
        ...(priorityClassName ? { priorityClassName } : {}),
        containers: [
          {
            name,
            image,
            command: ["sh", "-c", script],
            resources,
            readinessProbe: { exec: { command: ["test", "-s", "/log/toy.log"] } },
            securityContext: { privileged: true, readOnlyRootFilesystem: true, runAsUser: 0, runAsGroup: 0 },
            volumeMounts: [
              { name: "config", mountPath: "/etc/toy", readOnly: true },
              { name: "log", mountPath: "/log" },
            ],
          },
        ],
        volumes: [
          { name: "config", configMap: { name } },
          { name: "log", hostPath: { path: logFolder, type: "DirectoryOrCreate" } },
        ],
      },
    },
  };
}

function lineOf({ greeting, level }: ToyConfig): string {
  return `${JSON.stringify({ greeting, level, loudness: level === "high" ? 71.5 : 12.25 })}\n`;
}

const SEVERITIES = { high: 4, low: 2 } as const satisfies Record<string, Severity>;

/** Lines of `toy.log`, with a severity of the toy's own and a field that no other tool has. */
export function toyCollector(name: string): CollectorFragment {
  return {
    tool: name,
    index: "events",
    severities: SEVERITIES,
    fields: { [name]: object({ greeting: KEYWORD, loudness: FLOAT }) },
    ocsf: { product: { name: "Toy", vendor_name: "Toys" }, rows: [] },
    heartbeatMinutes: 5,
    samples: () => [
      {
        file: "toy.log",
        lines: [
          '{"time":"2026-11-28T20:21:55Z","greeting":"hello","level":"high","loudness":71.5}',
          '{"time":"2026-11-28T20:22:55Z","greeting":"good night","level":"low","loudness":12.25}',
        ],
      },
    ],
    receivers: (nodeLogBasePath) => ({
      [`file_log/${name}`]: { include: [`${nodeLogBasePath}/${name}/*.log`] },
    }),
    document: {
      expects: [{ condition: `IsString(${source("greeting")})`, reason: "a line without a greeting" }],
      time: source("time"),
      identity: [source("time"), source("greeting")],
      fixed: { event: { kind: "event", category: ["host"], type: ["info"], dataset: `${name}.greetings` } },
      lookups: { severity: SEVERITIES },
      statements: [
        set("event.severity", lookup("severity", source("level"))),
        setText("message", source("greeting")),
        setText(`${name}.greeting`, source("greeting")),
        set(`${name}.loudness`, source("loudness")),
      ],
    },
  };
}

function toyPanel(tool: string): ContributedPanel {
  return {
    dashboard: "security-overview",
    slot: "figures",
    order: 50,
    panel: {
      title: `Greetings of ${tool}`,
      width: 12,
      dataView: "events",
      filter: [{ field: "labels.security_tool", is: tool }],
      chart: { kind: "donut", by: terms(`${tool}.greeting`, "Greeting"), metric: count("lines") },
    },
  };
}
