import { Fault } from "../cluster/fault";

/** Why this machine or account can have no real node; undefined where it can. */
export function reasonAgainstRealNode({
  platform,
  getuid,
}: Pick<NodeJS.Process, "platform" | "getuid">): string | undefined {
  if (platform !== "linux")
    return "A real node runs Linux containers, so it needs a Linux kernel, and this machine has none.";
  if (getuid?.() !== 0) return "A real node needs root: it makes namespaces, mounts and cgroups of its own.";
  return undefined;
}

/**
 * Refuses early where no real node can be had, and offers what can.
 * @throws Fault on another system than Linux, and without root
 */
export function requireRealNodeHost(host: Pick<NodeJS.Process, "platform" | "getuid">): void {
  const reason = reasonAgainstRealNode(host);
  if (reason === undefined) return;
  throw new Fault(reason, {
    fix: `${host.platform === "linux" ? "Run the command with sudo, or use" : "Use"} kind instead: \`kind create cluster\`, then a stack of your own with \`context: kind-kind\` in its \`global\` (README, \`--stack\`).`,
  });
}
