import { z } from "zod";
import type { Feature } from "../core/contract/feature";
import type { Plan } from "../core/plan/plan";
import { lookAtApiServer } from "../node-program/api-server";

/** What the API server has at a path; undefined where it has nothing there. */
export type ReadList = (path: string) => Promise<string | undefined>;

/** Of a list of audits by one rule: what we read. */
const auditsSchema = z.object({
  items: z.array(
    z.object({
      status: z
        .object({
          totalViolations: z.int().default(0),
          violations: z.array(z.object({ namespace: z.string().default(""), name: z.string() })).default([]),
        })
        .default({ totalViolations: 0, violations: [] }),
    }),
  ),
});

/** Named in a warning; the others are counted. */
const NAMED = 3;

/**
 * A line for each rule by which a feature denies while an audit knows objects that violate it: they go on, and are refused
 * when they are made again. Where nothing audits, nothing is known.
 */
export async function knownViolations(
  plan: Plan,
  registry: readonly Feature[],
  read: ReadList,
): Promise<string[]> {
  const denied = plan.features.flatMap(({ name, contribution }) =>
    (contribution.denies ?? []).map((rule) => ({ name, rule })),
  );
  const audits = registry.flatMap(({ audits }) => audits ?? []);
  const lines = denied.flatMap(({ name, rule }) =>
    audits.map(async (pathOf) => {
      const text = await read(pathOf(rule));
      const known = auditsSchema.safeParse(text === undefined ? undefined : JSON.parse(text));
      const statuses = known.success ? known.data.items.map(({ status }) => status) : [];
      const count = statuses.reduce((sum, { totalViolations }) => sum + totalViolations, 0);
      if (count === 0) return [];
      const objects = statuses.flatMap(({ violations }) => violations).slice(0, NAMED);
      const named = objects.map((one) => [one.namespace, one.name].filter(Boolean).join("/"));
      const more = count > named.length ? [`${count - named.length} more`] : [];
      return [
        `${name} denies by the rule ${rule}, and the audit of what is there counts ${count} violations of it: ${[...named, ...more].join(", ")}. They run on, and are refused when they are made again.`,
      ];
    }),
  );
  return (await Promise.all(lines)).flat();
}

/**
 * Warns of {@link knownViolations}. Whoever may not read the audits, or can't, is told nothing: it is no reason to stop.
 * @param kubeconfig Its text, where it is not the one in use.
 */
export async function warnOfViolations(
  plan: Plan,
  registry: readonly Feature[],
  warn: (line: string) => void,
  kubeconfig?: string,
): Promise<void> {
  if (!plan.features.some(({ contribution }) => contribution.denies?.length)) return;
  try {
    const lines = await lookAtApiServer(plan.context, kubeconfig, (get) =>
      knownViolations(plan, registry, async (path) => {
        const { status, body } = await get(path);
        return status === 200 ? body : undefined;
      }),
    );
    lines.forEach(warn);
  } catch {
    // What the cluster is looked at for before anything is written says so.
  }
}
