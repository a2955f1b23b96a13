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
  /**
   * Seconds. Left out: what changes fast, and runs at the feature's `intervalSeconds`; of a snapshot, at
   * {@link STATE_INTERVAL_SECONDS}.
   */
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

/** Seconds between reports of all rows of a query, changed or not; of one that runs more seldom, its own interval. */
export const STATE_INTERVAL_SECONDS = 1800;

/** Added to a query's name where all of its rows are written, and taken off again when its rows become documents. */
export const STATE = "_state";

/**
 * The schedule of the chosen packs. They are merged into `schedule` and not given as `packs`, so that a result
 * carries the plain name of its query ("listening_ports") and not one with the pack's in front. A query that
 * two packs share is the same in both, and runs once.
 *
 * A query that tells what came and went ("added", "removed") says nothing of what stays, and of a node that is gone
 * nothing comes any more. So it has a second run, seldom, whose snapshot is the sign that its rows are still there.
 */
export function schedule(
  names: readonly PackName[],
  intervalSeconds: number,
): Record<string, ScheduledQuery> {
  const packs: Pack[] = [AGENT_PACK, ...names.map((name) => PACKS[name])];
  const entries = packs.flatMap(({ platform, queries }) =>
    Object.entries(queries).flatMap(([name, query]) => scheduled(name, query, platform, intervalSeconds)),
  );
  return Object.fromEntries(entries);
}

function scheduled(
  name: string,
  query: PackQuery,
  platform: string,
  intervalSeconds: number,
): [string, ScheduledQuery][] {
  const common = { ...query, platform, startup_priority: 1 };
  if (query.snapshot) return [[name, { ...common, interval: query.interval ?? STATE_INTERVAL_SECONDS }]];
  const state = Math.max(query.interval ?? 0, STATE_INTERVAL_SECONDS);
  return [
    [name, { ...common, interval: query.interval ?? intervalSeconds }],
    [`${name}${STATE}`, { ...common, interval: state, snapshot: true }],
  ];
}

/** Beyond two runs: what a run, its spread and the way to Elasticsearch take. */
const SLACK_SECONDS = 900;

/** For how many seconds a row of a query is current, once it was seen. */
export function currentSeconds(stateIntervalSeconds: number): number {
  return 2 * stateIntervalSeconds + SLACK_SECONDS;
}

/**
 * The same by the queries' names as documents have them, of all packs: a node may still run one that the config has no
 * more.
 */
export const CURRENT_SECONDS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(schedule(Object.keys(PACKS) as PackName[], STATE_INTERVAL_SECONDS))
    .filter(([, { snapshot }]) => snapshot)
    .map(([name, { interval }]) => [name.replace(new RegExp(`${STATE}$`), ""), currentSeconds(interval)]),
);
