import type { Objects } from "../../core/config/elasticsearch-schema";
import type { Indices } from "../../documents/store";
import type { ElasticObject } from "./object";

/** The indices that documents are only added to: data streams, whose oldest part goes when it is old enough. */
export const APPENDED = [
  ...(["events", "inventory", "audit", "network", "mesh", "admission"] as const),
  ...(["correlations", "responses", "deadLetter"] as const),
] satisfies readonly (keyof Indices)[];

// A shard of 10 to 50 GB is what Elasticsearch is at its best with (its docs, "Size your shards"); without so many
// documents a week, so that no more than one goes at once.
const LARGEST_SHARD = "30gb";
const ROLLOVER_DAYS = 7;
/** After the rollover. */
const WARM_DAYS = 7;

/**
 * Lifecycle policies, one for each index that is appended to, named as it is. Vulnerabilities and posture have none: they are
 * the current state, and their indices are small and never old.
 */
export function lifecyclePolicies(indices: Indices, { retentionDays }: Objects): ElasticObject[] {
  return APPENDED.map((index) => lifecyclePolicy(indices[index], retentionDays[index]));
}

/**
 * Written to for a week, then merged and moved out of the way, then deleted so many days after it was last written to.
 * With a retention of a week or less it is written to for no longer than that, and not merged before it goes:
 * Elasticsearch refuses a phase that begins before the one ahead of it.
 */
export function lifecyclePolicy(name: string, retentionDays: number): ElasticObject {
  const maxAge = `${Math.min(ROLLOVER_DAYS, retentionDays)}d`;
  return {
    type: "ElasticsearchIndexLifecycle",
    name,
    inputs: {
      name,
      hot: {
        minAge: "0ms",
        rollover: { maxAge, maxPrimaryShardSize: LARGEST_SHARD },
        setPriority: { priority: 100 },
      },
      ...(retentionDays > WARM_DAYS
        ? {
            warm: {
              minAge: `${WARM_DAYS}d`,
              setPriority: { priority: 50 },
              forcemerge: { maxNumSegments: 1 },
              readonly: { enabled: true },
            },
          }
        : {}),
      delete: { minAge: `${retentionDays}d`, delete: { deleteSearchableSnapshot: true } },
    },
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
      inputs: { name: repository, [wanted.type]: wanted.settings },
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
