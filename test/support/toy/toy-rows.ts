import type { PinnedImage } from "../../../components/core/tables/pins";
import type { SizingRow } from "../../../components/core/tables/sizing";
import type { ExceptionsOf } from "../../../policy-pack/pack/privilege-exceptions";

/** The toy's row in the table of pinned images. */
export const TOY_IMAGE: PinnedImage = {
  registry: "docker.io",
  repository: "library/busybox",
  tag: "1.37.0",
  why: "a shell, which is all that the toy is",
};

/** Its row in the sizing table. */
export const TOY_SIZING: SizingRow = {
  placement: "node",
  requests: { cpu: "10m", memory: "16Mi" },
  limits: { cpu: "20m", memory: "32Mi" },
};

/** Its entry in the list of privilege exceptions. */
export const TOY_EXCEPTIONS: ExceptionsOf = {
  labels: { "app.kubernetes.io/part-of": "security-stack", "app.kubernetes.io/name": "toy" },
  owner: "who maintains the toy",
  until: "2099-12-31",
  exceptions: [
    {
      policy: "no-privileged",
      items: ["privileged"],
      reason: "stands for a sensor that loads kernel programs",
      source: "test/support/toy/toy-feature.ts",
    },
    {
      policy: "host-namespaces",
      items: ["hostPID"],
      reason: "stands for a sensor that reads the node's processes",
      source: "test/support/toy/toy-feature.ts",
    },
    {
      policy: "run-as-non-root",
      items: ["root"],
      reason: "the processes of other users are open to root only",
      source: "man 5 proc",
    },
    {
      policy: "host-paths",
      items: ["<log>/toy"],
      writable: true,
      reason: "the event file that the collector on the node reads",
      source: "design of the stack: sensors write files, the collector reads them",
    },
  ],
};
