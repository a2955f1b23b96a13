import type { PlanContext } from "../core/contract/context";
import type { Contribution, Mesh } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { namespacesOf } from "../core/contract/namespaces";
import { mainContainer } from "../core/plan/fit";
import { CHARTS, IMAGES } from "../core/tables/pins";
import type { Chart } from "../kubernetes/charts";
import { accessLogCollector, accessLogReceivers } from "./access-log-collector";
import { EGRESS, egressObjects, THROUGH_WAYPOINT } from "./egress";
import { gatewayKinds } from "./gateway-kinds";
import { KINDS_OF_PEOPLE } from "./istio-kinds";
import {
  CNI,
  EGRESS_NAMESPACE,
  HBONE_PORT,
  IN_MESH,
  ISTIOD,
  NAMESPACE,
  PROBES,
  ZTUNNEL,
} from "./istio-names";
import { hostEgress, networkPolicies, waypointPolicy } from "./istio-network-policies";
import { type IstioConfig, istioSchema } from "./istio-schema";
import { baseValues, cniValues, istiodValues, type ValuesInput, ztunnelValues } from "./istio-values";
import { MESH_PANELS } from "./mesh-panels";
import { MOVED_KEYS } from "./moved-keys";
import { plannedMtls } from "./mtls";
import { inClearToo, joinedNamespaces, probesPolicy, withOwnNamespaces } from "./own-namespaces";
import { plaintextLooks } from "./plaintext-look";
import { l7Manifests, l7Objects, l7Waypoints } from "./service-policies";
import { proxyOptions } from "./waypoint";
import { nextSteps, warnings } from "./what-to-know";

/** How many there are of what is no node's. */
const ISTIODS = { poc: 2, production: 3 } as const;
const PROXIES = { poc: 1, production: 2 } as const;

/**
 * Istio without sidecars: mutual TLS between the pods of the listed namespaces, by a proxy on each node, and a way out of the
 * cluster that lets through what is listed.
 */
export const istio = defineFeature({
  name: "istio",
  title: "Istio",
  // Before the users' namespaces, which it labels, and those that judge pods without looking at its own.
  priority: 50,
  schema: istioSchema,
  movedKeys: MOVED_KEYS,
  workloads: ["istiod", "istioCni", "ztunnel"],
  provides: ["mesh"],
  frameworks: ["NIST CSF 2.0 PR.DS-02", "NIST CSF 2.0 PR.IR-01", "CIS Kubernetes 5.3.2"],
  tests: ["test/unit/istio.test.ts", "test/mesh/istio.test.ts"],
  doctor: { crd: { name: "peerauthentications.security.istio.io", installation: "Istio" } },
  collector: accessLogCollector,
  panels: MESH_PANELS,
  kindsOfPeople: KINDS_OF_PEOPLE,
  plan: planIstio,
  completes: (config, features, global) =>
    config.ownNamespaces
      ? withOwnNamespaces(features, Object.values(namespacesOf(global)), config.namespaces)
      : features,
});

function planIstio(config: IstioConfig, context: PlanContext): Contribution {
  const { egress } = config;
  const hasEgress = egress.hosts.length > 0;
  const replicas = PROXIES[config.preset];
  const mtls = plannedMtls(config, context.exceptions);
  const own = config.ownNamespaces ? Object.values(context.namespaces) : [];
  const looks = plaintextLooks(config, context);
  return {
    namespaces: [
      { name: NAMESPACE, podSecurity: "privileged" },
      ...(config.ownNamespaces ? joinedNamespaces(context.namespaces) : []),
      ...(hasEgress
        ? [{ name: EGRESS_NAMESPACE, podSecurity: "restricted" as const, labels: THROUGH_WAYPOINT }]
        : []),
    ],
    manifests: [
      ...networkPolicies(config),
      ...waypointPolicy(config),
      ...own.map(probesPolicy),
      ...(hasEgress ? [proxyOptions(EGRESS, replicas)] : []),
      ...l7Manifests(config, replicas, context.global.dns),
    ],
    charts: charts(valuesInput(config, context), context),
    customObjects: [
      ...(proxies(config) > 0 && egress.gatewayKinds ? gatewayKinds() : []),
      ...mtls.objects,
      ...own.map(inClearToo),
      ...egressObjects(egress.hosts),
      ...l7Objects(config.services),
    ],
    mesh: meshOf(config, own),
    ...(hasEgress ? { hostEgress: [hostEgress(egress)] } : {}),
    ...(config.accessLog === "all" ? { receivers: accessLogReceivers("all") } : {}),
    exceptions: mtls.applied,
    ...(looks.length > 0 ? { storeLooks: looks } : {}),
    conditions: [
      { type: "IstiodReady", workloads: [{ kind: "Deployment", namespace: NAMESPACE, name: ISTIOD }] },
      { type: "IstioCniReady", workloads: [{ kind: "DaemonSet", namespace: NAMESPACE, name: CNI }] },
      { type: "ZtunnelReady", workloads: [{ kind: "DaemonSet", namespace: NAMESPACE, name: ZTUNNEL }] },
    ],
    warnings: warnings(config),
    nextSteps: nextSteps(config),
  };
}

function meshOf({ namespaces, egress }: IstioConfig, own: readonly string[]): Mesh {
  return {
    namespaces,
    ...(own.length > 0 ? { own } : {}),
    labels: IN_MESH,
    port: HBONE_PORT,
    probes: PROBES,
    ...(egress.hosts.length > 0 ? { egress: EGRESS_NAMESPACE } : {}),
  };
}

function valuesInput(config: IstioConfig, context: PlanContext): ValuesInput {
  return {
    config,
    istiod: context.workload("istiod", "Deployment", IMAGES.istiod, { replicas: ISTIODS[config.preset] }),
    cni: context.workload("istioCni", "DaemonSet", IMAGES.istioCni),
    ztunnel: context.workload("ztunnel", "DaemonSet", IMAGES.ztunnel),
    waypoint: proxies(config) > 0 ? waypoint(proxies(config), context) : undefined,
  };
}

/** Pods of all proxies that istiod starts. */
function proxies({ egress, services, preset }: IstioConfig): number {
  const waypoints = (egress.hosts.length > 0 ? 1 : 0) + l7Waypoints(services).length;
  return waypoints * PROXIES[preset];
}

function waypoint(replicas: number, context: PlanContext): ValuesInput["waypoint"] {
  const resources = mainContainer("waypoint");
  if (!resources) throw new Error("the sizing table has no row for waypoint");
  const { requests, limits } = resources;
  const container = { name: "waypoint", kind: "Deployment" as const, replicas, requests, limits };
  return { image: context.sideContainer(container, IMAGES.waypoint), resources: { requests, limits } };
}

// What configures waits for the kinds, and what it configures waits for it.
function charts(input: ValuesInput, context: PlanContext): Chart[] {
  const chart = (name: string, pinned: Parameters<PlanContext["chart"]>[0], values: Chart["values"]) => ({
    ...{ name, namespace: NAMESPACE, values },
    source: context.chart(pinned),
  });
  return [
    {
      ...chart("istio-base", CHARTS.istioBase, baseValues()),
      after: ["cni"],
      provides: ["mesh-kinds"],
      keepCrds: input.config.keepCrds,
    },
    {
      ...chart("istiod", CHARTS.istiod, istiodValues(input)),
      after: ["mesh-kinds"],
      provides: ["mesh-control"],
    },
    { ...chart("istio-cni", CHARTS.istioCni, cniValues(input)), after: ["mesh-control"] },
    { ...chart("ztunnel", CHARTS.ztunnel, ztunnelValues(input)), after: ["mesh-control"], seccomp: true },
  ];
}
