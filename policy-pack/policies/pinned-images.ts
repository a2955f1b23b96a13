import { eachContainer } from "../kubernetes/each";
import { isExpression, parseImage } from "../kubernetes/images";
import { textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  requireDigest: boolean;
  floatingTags: string[];
}

export const pinnedImages: ResourcePolicy<Config> = {
  name: "pinned-images",
  rule: "Images have a version or a digest, and no tag that moves.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-02", "GV.SC-07"], iso: ["8.19", "8.32"], cis: ["5.5.1"] },
  fix: "write `registry/path:version@sha256:...`",
  config: {
    requireDigest: { type: "boolean", default: false, description: "A version alone is not enough." },
    floatingTags: {
      type: "array",
      items: { type: "string" },
      default: [
        "main",
        "master",
        "edge",
        "nightly",
        "stable",
        "dev",
        "develop",
        "canary",
        "rolling",
        "snapshot",
        "lts",
        "mainline",
      ],
      description:
        "Words that a tag moves with, in any case, unless it names a whole version beside them; `latest` and tags without a digit always do.",
    },
  },
  check(object, report, { requireDigest, floatingTags }) {
    eachContainer(object, report, (container) => {
      const image = textAt(container.value, "image");
      if (image === undefined) return;
      if (isExpression(image))
        return report.notChecked(`${container.where}: image ${image} is filled in later`);
      const { tag, digest } = parseImage(image);
      if (digest?.match(/^sha256:[0-9a-f]{64}$/)) return;
      if (tag !== undefined && !moves(tag, floatingTags) && !requireDigest && digest === undefined) return;
      report.violation({
        where: container.where,
        found: `image ${image}`,
        allowed: requireDigest ? "a sha256 digest" : "a version as tag, or a sha256 digest",
      });
    });
  },
};

/** "Latest", "v1-latest", "stable-alpine3"; "2.401.1-lts" is one release, and "alpine" is none. */
function moves(tag: string, floating: readonly string[]): boolean {
  const words = tag.toLowerCase().split(/[-._+]/);
  if (words.includes("latest") || !/\d/.test(tag)) return true;
  return words.some((word) => floating.includes(word)) && !/\d+\.\d+\.\d+/.test(tag);
}
