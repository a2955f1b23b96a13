import type { CustomObject, Manifest } from "./manifest";

/** Value of `app.kubernetes.io/part-of` on every object of the stack. */
export const PART_OF = "security-stack";

/** The label by which all objects of a feature are found. */
export const COMPONENT_LABEL = "app.kubernetes.io/component";

const NAME_LABEL = "app.kubernetes.io/name";
const INSTANCE_LABEL = "app.kubernetes.io/instance";

/** The recommended Kubernetes labels of an object, by the feature that it belongs to. */
export function standardLabels(name: string, component: string): Record<string, string> {
  return {
    [NAME_LABEL]: name,
    [INSTANCE_LABEL]: PART_OF,
    [COMPONENT_LABEL]: component,
    "app.kubernetes.io/part-of": PART_OF,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Puts the standard labels on an object and on the pods that it makes; labels that are there already stay. */
export function stampLabels<T extends Manifest | CustomObject>(manifest: T, component: string): T {
  const labels = { ...standardLabels(manifest.metadata.name, component), ...manifest.metadata.labels };
  const stamped = { ...manifest, metadata: { ...manifest.metadata, labels } };
  return changePods(stamped, (template) =>
    withLabels(template, { ...labels, ...template.metadata?.labels }),
  ) as T;
}

/**
 * Puts the labels by which the stack's objects are found on an object of a chart and on its pods, over the chart's
 * own; names and instances, which selectors go by, stay the chart's.
 */
export function relabelChartObject<T extends ChartObject>(object: T, component: string): T {
  const ours = standardLabels(object.metadata.name, component);
  const names = { [NAME_LABEL]: ours[NAME_LABEL]!, [INSTANCE_LABEL]: ours[INSTANCE_LABEL]! };
  const { [NAME_LABEL]: _, [INSTANCE_LABEL]: __, ...found } = ours;
  const labels = { ...names, ...object.metadata.labels, ...found };
  const relabelled = { ...object, metadata: { ...object.metadata, labels } };
  return changePods(relabelled, (template) =>
    withLabels(template, { ...template.metadata?.labels, ...found }),
  ) as T;
}

/** Has the runtime filter the system calls of an object's pods, where nothing else is said. */
export function withSeccomp<T extends ChartObject>(object: T): T {
  return changePods(object, ({ spec, ...template }) => {
    const context = { seccompProfile: { type: "RuntimeDefault" }, ...spec?.securityContext };
    return { ...template, spec: { ...spec, securityContext: context } };
  }) as T;
}

/** As a chart's template gives it. */
export interface ChartObject {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
  spec?: { securityContext?: { seccompProfile?: object } };
}

interface HasPods {
  spec?: { template?: PodTemplate; jobTemplate?: { spec?: { template?: PodTemplate } } };
}

function changePods(manifest: object, change: (template: PodTemplate) => PodTemplate): object {
  const { spec } = manifest as HasPods;
  if (spec?.template) return { ...manifest, spec: { ...spec, template: change(spec.template) } };
  const job = spec?.jobTemplate;
  if (!job?.spec?.template) return manifest;
  const template = change(job.spec.template);
  return { ...manifest, spec: { ...spec, jobTemplate: { ...job, spec: { ...job.spec, template } } } };
}

function withLabels(template: PodTemplate, labels: Record<string, string>): PodTemplate {
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** On a namespace of the stack that its config has in a mesh: what judges objects by themselves knows it for meant. */
export const MESHED_BY_CONFIG = { "security-stack/in-mesh": "by-config" } as const;
