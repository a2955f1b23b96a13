import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Ordered } from "./capabilities";
import { type ChartObject, relabelChartObject, withSeccomp } from "./labels";

/** An official chart, rendered by the Kubernetes provider (`helm.v4.Chart`). */
export interface Chart extends Ordered {
  /** Helm release name. */
  name: string;
  namespace: string;
  /** From `context.chart(CHARTS.x)`: the pinned chart, or its copy in `global.charts`. */
  source: ChartSource;
  /** Leave out the objects of the chart's `crds/` folder. */
  skipCrds?: boolean;
  /** Keep the CRDs that the chart marks as to be kept, when it goes; by default they go too. */
  keepCrds?: boolean;
  /** Objects that Pulumi refuses to delete, by kind and name: "DaemonSet/agent". */
  protect?: readonly string[];
  values: Record<string, unknown>;
  /** Don't wait for its pods: they start later than its objects are made. */
  skipAwait?: boolean;
  /** Filter the system calls of its pods as the runtime does by default: for charts without a value for it. */
  seccomp?: boolean;
}

/** Where `helm.v4.Chart` finds a chart. */
export interface ChartSource {
  chart: string;
  version?: string;
  repository?: string;
}

/**
 * An official chart through `helm.v4.Chart`: templated by the Kubernetes provider, so that every object of it
 * is previewed, checked by policies and deleted with it. No Output goes into the values: an unknown value at
 * preview would hide all of the chart's children.
 * @param component Value of `app.kubernetes.io/component` on all of its objects.
 */
export function makeChart(
  chart: Chart,
  component: string,
  opts: pulumi.ComponentResourceOptions,
): k8s.helm.v4.Chart {
  return new k8s.helm.v4.Chart(
    chart.name,
    {
      chart: chart.source.chart,
      version: chart.source.version,
      ...(chart.source.repository ? { repositoryOpts: { repo: chart.source.repository } } : {}),
      name: chart.name,
      namespace: chart.namespace,
      values: chart.values,
      skipCrds: chart.skipCrds ?? false,
      ...(chart.skipAwait ? { skipAwait: true } : {}),
    },
    { ...opts, transforms: [adjust(component, chart)] },
  );
}

// Charts have values for the labels of some of their objects only. A transform changes all of them in the engine,
// before policies see them.
function adjust(component: string, chart: Chart): pulumi.ResourceTransform {
  const { keepCrds = false, protect = [], seccomp = false } = chart;
  return async ({ custom, type, props, opts: given }) => {
    if (!custom || !isObject(props)) return undefined;
    const labelled = relabelChartObject(props, component);
    const object = seccomp ? withSeccomp(labelled) : labelled;
    const isProtected = protect.includes(`${type.split(":").at(-1)}/${props.metadata.name}`);
    const opts = isProtected ? { ...given, protect: true } : given;
    if (type === CRD && !keepCrds)
      return { props: withoutKeep(object), opts: { ...opts, retainOnDelete: false } };
    return { props: type === SERVICE ? withoutAwait(object) : object, opts };
  };
}

const CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const KEEP = "helm.sh/resource-policy";

// The chart provider reads it and has Pulumi retain the object (pulumi-kubernetes, provider/pkg/provider/helm/v4/chart.go).
function withoutKeep(object: ChartObject): ChartObject {
  const { annotations: before = {}, ...metadata } = object.metadata;
  const { [KEEP]: _, ...annotations } = before;
  // An empty map is a change at every preview: the API server has none.
  const isEmpty = Object.keys(annotations).length === 0;
  return { ...object, metadata: isEmpty ? metadata : { ...metadata, annotations } };
}

const SERVICE = "kubernetes:core/v1:Service";

// For the endpoints of a Service Pulumi waits some 10 s longer than it takes them to come; the pods behind it are
// waited for themselves (pulumi.com: Kubernetes, skipAwait).
function withoutAwait(object: ChartObject): ChartObject {
  const annotations = { ...object.metadata.annotations, "pulumi.com/skipAwait": "true" };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function isObject(props: unknown): props is ChartObject {
  const { metadata } = props as Partial<ChartObject>;
  return typeof metadata?.name === "string";
}
