import { z } from "zod";
import { ConfigError, type ConfigIssue } from "../core/config/config-error";
import type { NeededKind } from "../core/contract/contribution";
import type { Plan } from "../core/plan/plan";
import { lookAtApiServer } from "../node-program/api-server";
import type { ReadList } from "./known-violations";

/** What the API server says of a version of a group: what we read. */
const versionSchema = z.object({ resources: z.array(z.object({ name: z.string() })) });

/** An issue for each kind of somebody else that the plan has objects of and the cluster does not know. */
export async function missingKinds(needed: readonly NeededKind[], read: ReadList): Promise<ConfigIssue[]> {
  const issues = needed.map(async ({ apiVersion, plural, whose, path }): Promise<ConfigIssue[]> => {
    const answer = await read(`/apis/${apiVersion}`);
    const known = versionSchema.safeParse(answer === undefined ? undefined : JSON.parse(answer));
    if (known.success && known.data.resources.some(({ name }) => name === plural)) return [];
    return [
      {
        code: "CFG024",
        path,
        found: `a cluster without ${plural} of ${apiVersion}`,
        allowed: `a cluster with ${whose}, which brings the kind`,
        fix: `install ${whose} first, or take the key away`,
      },
    ];
  });
  return (await Promise.all(issues)).flat();
}

/**
 * Refuses a plan with objects of kinds that the cluster does not have, before anything is written.
 * @param kubeconfig Its text, where it is not the one in use.
 * @throws ConfigError
 */
export async function refuseMissingKinds(plan: Plan, kubeconfig?: string): Promise<void> {
  const needed = plan.features.flatMap(({ contribution }) => contribution.needsKinds ?? []);
  if (needed.length === 0) return;
  const issues = await ask(needed, plan, kubeconfig);
  if (issues.length > 0) throw new ConfigError(issues);
}

async function ask(
  needed: readonly NeededKind[],
  plan: Plan,
  kubeconfig: string | undefined,
): Promise<ConfigIssue[]> {
  try {
    return await lookAtApiServer(plan.context, kubeconfig, (get) =>
      missingKinds(needed, async (path) => {
        const { status, body } = await get(path);
        if (status === 200) return body;
        if (status === 404) return undefined;
        throw new Error(`${path}: ${status}`);
      }),
    );
  } catch {
    // What the cluster is looked at for before anything is written says so.
    return [];
  }
}
