import agent from "./packs/agent.json";
import packages from "./packs/packages.json";
import persistence from "./packs/persistence.json";
import processes from "./packs/processes.json";
import scopeMinimal from "./packs/scope-minimal.json";
import usersAndKeys from "./packs/users-and-keys.json";

/** A query as osquery's pack files have it. */
export interface PackQuery {
  query: string;
  description: string;
  /** Seconds. Left out: what changes fast, and runs at the feature's `intervalSeconds`. */
  interval?: number;
  /** All rows each time, instead of the rows that came and went. */
  snapshot?: boolean;
}

export interface Pack {
  platform: string;
  queries: Record<string, PackQuery>;
}

/** The packs that the config may name. */
export const PACKS = {
  "scope-minimal": scopeMinimal,
  "users-and-keys": usersAndKeys,
  processes,
  packages,
  persistence,
} as const satisfies Record<string, Pack>;

export type PackName = keyof typeof PACKS;

/** Always on: the agent's own state. */
export const AGENT_PACK: Pack = agent;

/** A query in osquery's schedule. */
export interface ScheduledQuery extends PackQuery {
  interval: number;
  platform: string;
  /** Run once at start too: without it, the first run waits until the clock is a multiple of the interval. */
  startup_priority: number;
}

/**
 * The schedule of the chosen packs. They are merged into `schedule` and not given as `packs`, so that a result
 * carries the plain name of its query ("listening_ports") and not one with the pack's in front. A query that
 * two packs share is the same in both, and runs once.
 */
export function schedule(
  names: readonly PackName[],
  intervalSeconds: number,
): Record<string, ScheduledQuery> {
  const packs: Pack[] = [AGENT_PACK, ...names.map((name) => PACKS[name])];
  const entries = packs.flatMap(({ platform, queries }) =>
    Object.entries(queries).map(([name, query]): [string, ScheduledQuery] => [
      name,
      {
        ...query,
        interval: query.interval ?? intervalSeconds,
        platform,
        startup_priority: 1,
      },
    ]),
  );
  return Object.fromEntries(entries);
}
