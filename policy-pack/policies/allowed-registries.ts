import { eachContainer } from "../kubernetes/each";
import { isExpression, parseImage } from "../kubernetes/images";
import { textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  registries: string[];
}

export const allowedRegistries: ResourcePolicy<Config> = {
  name: "allowed-registries",
  rule: "Images come from the listed registries only.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-02", "GV.SC-07"], iso: ["5.21", "8.19"], cis: ["5.5.1"] },
  fix: "use an image of a listed registry, or add yours to `registries` of this policy",
  config: {
    registries: {
      type: "array",
      items: { type: "string", minLength: 1 },
      default: ["docker.io", "quay.io", "ghcr.io", "docker.elastic.co", "mirror.gcr.io", "registry.k8s.io"],
      description: "Registry hosts; with a path, like `ghcr.io/acme`, only what is below it.",
    },
  },
  check(object, report, { registries }) {
    eachContainer(object, report, (container) => {
      const image = textAt(container.value, "image");
      if (image !== undefined && isExpression(image))
        return report.notChecked(`${container.where}: image ${image} is filled in later`);
      if (image === undefined || registries.some((allowed) => isBelow(image, allowed))) return;
      report.violation({ where: container.where, found: `image ${image}`, allowed: registries.join(", ") });
    });
  },
};

function isBelow(image: string, allowed: string): boolean {
  const { registry, path } = parseImage(image);
  return registry === allowed || `${registry}/${path}`.startsWith(`${allowed.replace(/\/$/, "")}/`);
}
