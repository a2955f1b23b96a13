/**
 * Everything that is deployed, by version: the one place to change for an upgrade. Tests run the same
 * versions where they can run the tool at all. Pinned 2026-11-22.
 */

/** A container image. The tag is for people; where `digest` is given, that is what is pulled. */
export interface PinnedImage {
  registry: string;
  repository: string;
  tag: string;
  /** "sha256:..." of the multi-platform index. */
  digest?: string;
  /** Why this version, and where the fact is from. */
  why: string;
}

export const IMAGES = {
  falco: {
    registry: "docker.io",
    repository: "falcosecurity/falco",
    tag: "0.45.0",
    why: "release of 2026-09-21; ships rules 5.1.0 and the container plugin 0.7.4",
  },
  otelCollector: {
    registry: "docker.io",
    repository: "otel/opentelemetry-collector-contrib",
    tag: "0.152.0",
    why: "the version whose components the pipeline tests run",
  },
  busybox: {
    registry: "docker.io",
    repository: "library/busybox",
    tag: "1.37.0",
    why: "smallest image with a shell; rotates Falco's event file",
  },
} as const satisfies Record<string, PinnedImage>;

/** An official chart: where `helm.v4.Chart` finds it and which version. */
export interface PinnedChart {
  /** HTTPS repository; none for an `oci://` chart, which carries its own address. */
  repository?: string;
  chart: string;
  version: string;
  why: string;
}

export const CHARTS = {} as const satisfies Record<string, PinnedChart>;

/**
 * The reference that a node pulls: `[mirror/]repository:tag[@digest]`. A mirror replaces the registry host
 * and keeps the path, as registry mirrors do.
 */
export function imageReference(image: PinnedImage, mirror?: string): string {
  const name = `${mirror ?? image.registry}/${image.repository}:${image.tag}`;
  return image.digest ? `${name}@${image.digest}` : name;
}

/** The folder or file name of a chart in `global.charts`: the last part of its address. */
export function chartName(chart: PinnedChart): string {
  return chart.chart.split("/").at(-1) ?? chart.chart;
}

/** The last part of an image's path: "docker.io/library/busybox:1.37.0" -> "busybox". */
export function imageName(reference: string): string {
  return reference.split("/").at(-1)?.split(/[:@]/)[0] ?? reference;
}
