import type { CustomObject, Manifest } from "./kubernetes";

/** Value of `app.kubernetes.io/part-of` on every object of the stack. */
export const PART_OF = "security-stack";

/** The label by which all objects of a feature are found. */
export const COMPONENT_LABEL = "app.kubernetes.io/component";

/** The recommended Kubernetes labels of an object, by the feature that it belongs to. */
export function standardLabels(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": PART_OF,
    [COMPONENT_LABEL]: component,
    "app.kubernetes.io/part-of": PART_OF,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Puts the standard labels on an object and on the pods that it makes; labels that are there already stay. */
export function stampLabels<T extends Manifest | CustomObject>(manifest: T, component: string): T {
  const labels = { ...standardLabels(manifest.metadata.name, component), ...manifest.metadata.labels };
  const stamped = { ...manifest, metadata: { ...manifest.metadata, labels } };
  return stampPods(stamped, labels) as T;
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
}

interface HasPods {
  spec?: { template?: PodTemplate; jobTemplate?: { spec?: { template?: PodTemplate } } };
}

function stampPods(manifest: object, labels: Record<string, string>): object {
  const { spec } = manifest as HasPods;
  if (spec?.template)
    return { ...manifest, spec: { ...spec, template: stampTemplate(spec.template, labels) } };
  const job = spec?.jobTemplate;
  if (!job?.spec?.template) return manifest;
  const template = stampTemplate(job.spec.template, labels);
  return { ...manifest, spec: { ...spec, jobTemplate: { ...job, spec: { ...job.spec, template } } } };
}

function stampTemplate(template: PodTemplate, labels: Record<string, string>): PodTemplate {
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...labels, ...template.metadata?.labels } },
  };
}
