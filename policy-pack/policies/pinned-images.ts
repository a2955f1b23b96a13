import { eachContainer } from "../kubernetes/each";
import { parseImage } from "../kubernetes/images";
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
      default: ["latest", "main", "master", "edge", "nightly", "stable", "dev"],
      description: "Tags that name something else tomorrow.",
    },
  },
  check(object, report, { requireDigest, floatingTags }) {
    eachContainer(object, report, (container) => {
      const image = textAt(container.value, "image");
      if (image === undefined) return;
      const { tag, digest } = parseImage(image);
      if (digest?.match(/^sha256:[0-9a-f]{64}$/)) return;
      if (tag !== undefined && !floatingTags.includes(tag) && !requireDigest && digest === undefined) return;
      report.violation({
        where: container.where,
        found: `image ${image}`,
        allowed: requireDigest ? "a sha256 digest" : "a version as tag, or a sha256 digest",
      });
    });
  },
};
