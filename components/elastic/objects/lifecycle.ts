import type { Objects } from "../../core/config/elasticsearch-schema";
import type { Indices } from "../../documents/store";
import type { ElasticObject } from "./object";

/** The indices that documents are only added to: data streams, whose oldest part goes when it is old enough. */
export const APPENDED = ["events", "inventory", "deadLetter"] as const satisfies readonly (keyof Indices)[];

// A shard of 10 to 50 GB is what Elasticsearch is at its best with (its docs, "Size your shards"); without so many
// documents a week, so that no more than one goes at once.
const ROLLOVER_DAYS = 7;
const ROLLOVER_SIZE = "30gb";
const WARM_AFTER_DAYS = 7;

/**
 * Lifecycle policies, one for each index that is appended to, named as it is: written to for a week, then merged and
 * moved out of the way, then deleted as many days after as the config says. Kept for less than a week, they are never
 * moved, as Elasticsearch refuses a phase that begins after the next one (its TimeseriesLifecycleType.java,
 * validateMonotonicallyIncreasingPhaseTimings), and begin a new index as often. The vulnerabilities have none: they are
 * the current state, and their index is small and never old.
 */
export function lifecyclePolicies(indices: Indices, { retentionDays }: Objects): ElasticObject[] {
  return APPENDED.map((index) => ({
    type: "ElasticsearchIndexLifecycle",
    name: indices[index],
    inputs: { name: indices[index], ...phases(retentionDays[index]) },
  }));
}

function phases(days: number): Record<string, unknown> {
  const maxAge = `${Math.min(days, ROLLOVER_DAYS)}d`;
  const warm = {
    minAge: `${WARM_AFTER_DAYS}d`,
    setPriority: { priority: 50 },
    forcemerge: { maxNumSegments: 1 },
    readonly: { enabled: true },
  };
  return {
    hot: {
      minAge: "0ms",
      rollover: { maxAge, maxPrimaryShardSize: ROLLOVER_SIZE },
      setPriority: { priority: 100 },
    },
    ...(days < WARM_AFTER_DAYS ? {} : { warm }),
    delete: { minAge: `${days}d`, delete: { deleteSearchableSnapshot: true } },
  };
}

/** A repository, and a snapshot a day of all our indices; nothing where the config names none. */
export function snapshots(indices: Indices, { snapshots: wanted }: Objects): ElasticObject[] {
  if (!wanted) return [];
  const repository = "security-stack";
  return [
    {
      type: "ElasticsearchSnapshotRepository",
      name: repository,
      inputs: { name: repository, [wanted.type]: inputsOf(wanted.settings) },
    },
    {
      type: "ElasticsearchSnapshotLifecycle",
      name: repository,
      inputs: {
        name: repository,
        repository,
        schedule: wanted.schedule,
        snapshotName: "<security-{now/d}>",
        indices: Object.values(indices).map((index) => `${index}*`),
        includeGlobalState: false,
        expireAfter: `${wanted.retentionDays}d`,
        minCount: 5,
        maxCount: 100,
      },
      after: [`ElasticsearchSnapshotRepository/${repository}`],
    },
  ];
}

/** The provider's inputs are Elasticsearch's settings in camel case. */
function inputsOf(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [camelCase(name), value]));
}
