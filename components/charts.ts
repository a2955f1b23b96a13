import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Chart } from "./feature";

/**
 * An official chart through `helm.v4.Chart`: templated by the Kubernetes provider, so that every object of it
 * is previewed, checked by policies and deleted with it. No Output goes into the values: an unknown value at
 * preview would hide all of the chart's children.
 */
export function makeChart(chart: Chart, opts: pulumi.ComponentResourceOptions): k8s.helm.v4.Chart {
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
    },
    opts,
  );
}
