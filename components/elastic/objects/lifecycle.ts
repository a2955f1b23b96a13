import type { Objects } from "../../core/config/elasticsearch-schema";
import type { Indices } from "../../documents/store";
import type { ElasticObject } from "./object";

/** The indices that documents are only added to: data streams, whose oldest part goes when it is old enough. */
export const APPENDED = ["events", "inventory", "deadLetter"] as const satisfies readonly (keyof Indices)[];

// A shard of 10 to 50 GB is what Elasticsearch is at its best with (its docs, "Size your shards"); without so many
// documents a week, so that no more than one goes at once.
const ROLLOVER = { maxAge: "7d", maxPrimaryShardSize: "30gb" };
const WARM_AFTER = "7d";

/**
 * Lifecycle policies, one for each index that is appended to, named as it is: written to for a week, then merged and
 * moved out of the way, then deleted as many days after as the config says. The vulnerabilities have none: they are
 * the current state, and their index is small and never old.
 */
export function lifecyclePolicies(indices: Indices, { retentionDays }: Objects): ElasticObject[] {
  return APPENDED.map((index) => ({
    type: "ElasticsearchIndexLifecycle",
    name: indices[index],
    inputs: {
      name: indices[index],
      hot: { minAge: "0ms", rollover: ROLLOVER, setPriority: { priority: 100 } },
      warm: {
        minAge: WARM_AFTER,
        setPriority: { priority: 50 },
        forcemerge: { maxNumSegments: 1 },
        readonly: { enabled: true },
      },
      delete: { minAge: `${retentionDays[index]}d`, delete: { deleteSearchableSnapshot: true } },
    },
  }));
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
