const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Version of the scanner, for people. Of an image with a digest the operator reports the digest alone, whatever tag is before it
 * (trivy-operator pkg/trivyoperator/config.go, GetVersionFromImageRef).
 * @param reported by a report
 * @param image Reference of the image that scans now
 * @returns undefined where nothing but a digest is known
 */
export function scannerVersion(reported: string | undefined, image: string | undefined): string | undefined {
  if (reported === undefined || !DIGEST.test(reported)) return reported;
  const [name = "", digest] = (image ?? "").split("@");
  if (digest !== reported) return undefined;
  const [, tag] = name.slice(name.lastIndexOf("/") + 1).split(":");
  return tag;
}

/** An image as the chart's values take it apart; the chart puts it together as `registry/repository:tag`. */
export interface ChartImage {
  registry: string;
  repository: string;
  tag: string;
}

/**
 * Takes a full image reference apart. A digest stays behind the tag ("0.74.0@sha256:..."), where chart and
 * operator leave it (trivy-operator pkg/plugins/trivy/config.go, GetImageRef); without a tag, before the colon.
 */
export function chartImage(reference: string): ChartImage {
  const slash = reference.indexOf("/");
  const [name = "", digest] = reference.slice(slash + 1).split("@");
  const [repository = "", tag] = name.split(":");
  const registry = reference.slice(0, slash);
  if (tag !== undefined) return { registry, repository, tag: digest ? `${tag}@${digest}` : tag };
  const [algorithm = "", hex = ""] = (digest ?? "").split(":");
  return { registry, repository: `${repository}@${algorithm}`, tag: hex };
}
