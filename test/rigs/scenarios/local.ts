import type { ScenarioResult } from "../../../scenarios/check/run";
import type { ElasticsearchStore } from "../../../scenarios/check/store";
import { CORE } from "../../../scenarios/checklist/items";
import type { Scenario } from "../../../scenarios/model/scenario-schema";
import { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { installTemplates, PipelineRig, removeIndices } from "../pipeline/rig";
import { writeFindings } from "./findings";
import { type ReplayOptions, readerOf, replay } from "./replay";
import { MISTAKES, mislabelled, withheld } from "./tampering";

/** An Elasticsearch and a collector pair of its own for replays, until {@link stop}. */
export class LocalPipeline {
  /** What the checklist is evaluated from. */
  readonly store: ElasticsearchStore;

  private constructor(
    private readonly server: ElasticsearchServer,
    private readonly rig: PipelineRig,
    private readonly isShared = false,
  ) {
    this.store = readerOf(server);
  }

  static async start(say: (line: string) => void): Promise<LocalPipeline> {
    say("starting Elasticsearch (about 20 s)");
    const server = await ElasticsearchServer.start({ quickStart: true });
    try {
      await installTemplates(server);
      say("starting the collectors");
      const rig = await PipelineRig.create(server);
      const pipeline = new LocalPipeline(server, rig);
      await rig.start();
      return pipeline;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Of what runs already: {@link stop} then leaves it running. */
  static around(server: ElasticsearchServer, rig: PipelineRig): LocalPipeline {
    return new LocalPipeline(server, rig, true);
  }

  replay(scenarios: readonly Scenario[], options: ReplayOptions = {}): Promise<ScenarioResult[]> {
    return replay(scenarios, this.server, this.rig, options);
  }

  /** Findings of the target's image, for the checklist. */
  writeFindings(): Promise<void> {
    return writeFindings(this.server);
  }

  /** Forgets all documents. */
  async clear(): Promise<void> {
    await removeIndices(this.server);
  }

  async stop(): Promise<void> {
    this.store.close();
    if (this.isShared) return;
    await this.rig.destroy();
    await this.server.stop();
  }
}

/** Which scenarios failed when the events of one were tampered with, and why. */
export interface Proof {
  scenario: string;
  tampering: string;
  failed: string[];
  why: string[];
  /** Exactly that one failed. */
  holds: boolean;
}

/** Withholds, then mislabels, the events of each core scenario: a check that can't fail shows nothing. */
export async function prove(
  pipeline: LocalPipeline,
  scenarios: readonly Scenario[],
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for (const id of CORE.filter((one) => scenarios.some((scenario) => scenario.id === one)))
    for (const [tampering, tamper] of [
      ["withheld", withheld(id)],
      [`mislabelled: ${MISTAKES[id]?.what}`, mislabelled(id)],
    ] as const) {
      say(`${id}: events ${tampering}`);
      await pipeline.clear();
      const results = await pipeline.replay(scenarios, { tamper, signal });
      const failed = results.filter(({ status }) => status !== "passed");
      const why = failed.flatMap(({ expectations }) =>
        expectations.filter(({ status }) => status === "failed").flatMap((one) => one.why.slice(-1)),
      );
      const ids = failed.map((one) => one.id);
      proofs.push({
        scenario: id,
        tampering,
        failed: ids,
        why: [...new Set(why)].slice(0, 2),
        holds: ids.length === 1 && ids[0] === id,
      });
    }
  return proofs;
}
