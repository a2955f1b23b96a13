import { formatBytes, formatCpu, parseQuantity } from "../../components/kubernetes/quantity";
import type { Pods } from "./pod-templates";
import { type Container, containersOf } from "./pods";
import { textAt } from "./read";

export type Part = "requests" | "limits";
export type Resource = "cpu" | "memory";
/** Cores and bytes. */
export type Demand = Record<Part, Record<Resource, number>>;

export const PARTS: readonly Part[] = ["requests", "limits"];
export const RESOURCES: readonly Resource[] = ["cpu", "memory"];
export const DIMENSIONS = PARTS.flatMap((part) => RESOURCES.map((resource) => ({ part, resource })));

/** A container's request or limit as it is written. */
export function writtenQuantity(container: Container, part: Part, resource: string): string | undefined {
  return textAt(container.value, "resources", part, resource);
}

/**
 * In base units; undefined where it is absent or no quantity. A request that is not written is as large as the
 * limit (Kubernetes docs, "Resource Management for Pods and Containers").
 */
export function quantityOf(container: Container, part: Part, resource: string): number | undefined {
  const written = writtenQuantity(container, part, resource);
  const counts =
    written ?? (part === "requests" ? writtenQuantity(container, "limits", resource) : undefined);
  return parseQuantity(counts ?? "");
}

/** The same of the pod as a whole (`spec.resources`, Kubernetes 1.34), whose containers then need none of their own. */
export function podQuantity(pods: Pods, part: Part, resource: string): number | undefined {
  const written = (of: Part) => textAt(pods.spec, "resources", of, resource);
  return parseQuantity(written(part) ?? (part === "requests" ? written("limits") : undefined) ?? "");
}

/**
 * What one pod takes of its node, as the scheduler counts: the sum of its containers and sidecars, or its
 * largest init container with the sidecars that run by then, whichever is more (Kubernetes docs, "Sidecar
 * containers: resource sharing within containers"). What is not set counts as nothing.
 */
export function demandOf(pods: Pods): Demand {
  const containers = containersOf(pods).filter(({ role }) => role !== "ephemeral");
  const demand = (part: Part, resource: Resource) => {
    const whole = podQuantity(pods, part, resource);
    if (whole !== undefined && !pods.partial) return whole;
    const amount = (container: Container) => quantityOf(container, part, resource) ?? 0;
    let sidecars = 0;
    let starting = 0;
    for (const container of containers.filter(({ role }) => role !== "main")) {
      if (container.role === "sidecar") sidecars += amount(container);
      starting = Math.max(starting, sidecars + (container.role === "init" ? amount(container) : 0));
    }
    const running = containers
      .filter(({ role }) => role === "main")
      .reduce((sum, c) => sum + amount(c), sidecars);
    return Math.max(running, starting);
  };
  return {
    requests: { cpu: demand("requests", "cpu"), memory: demand("requests", "memory") },
    limits: { cpu: demand("limits", "cpu"), memory: demand("limits", "memory") },
  };
}

export function formatQuantity(resource: Resource, amount: number): string {
  return resource === "cpu" ? formatCpu(amount) : formatBytes(amount);
}

/** "200m", "1Gi" in base units; throws where the pack's own number is no quantity. */
export function ownQuantity(text: string): number {
  const amount = parseQuantity(text);
  if (amount === undefined) throw new Error(`${text} is not a quantity`);
  return amount;
}
