import { Fault } from "../../cluster/fault";

const KIND =
  "Use kind instead: `kind create cluster`, then a stack of your own with `global.context: kind-kind` (README, `--stack`).";

/**
 * Refuses early where no real node can be had.
 * @throws Fault on another system than Linux, and without root
 */
export function requireRealNodeHost({ platform, getuid }: Pick<NodeJS.Process, "platform" | "getuid">): void {
  if (platform !== "linux")
    throw new Fault(
      "A real node runs Linux containers, so it needs a Linux kernel, and this machine has none.",
      {
        fix: KIND,
      },
    );
  if (getuid?.() !== 0)
    throw new Fault("A real node needs root: it makes namespaces, mounts and cgroups of its own.", {
      fix: `Run the command with sudo. ${KIND}`,
    });
}
