import type { ScenarioResult } from "../../scenarios/run";
import type { Scenario } from "../../scenarios/schema";
import type { Store } from "../../scenarios/store";
import { ElasticsearchServer } from "../elasticsearch/server";
import { installTemplates, PipelineRig } from "../pipeline/rig";
import { readerOf, replay, type Tamper } from "./replay";

export interface LocalReplay {
  results: ScenarioResult[];
  /** What the checklist is evaluated from, until {@link LocalReplay.stop}. */
  store: Store;
  stop(): Promise<void>;
}

/** A replay with an Elasticsearch and a collector pair of its own, brought up for it: what the demo shows. */
export async function replayHere(
  scenarios: readonly Scenario[],
  say: (line: string) => void,
  options: { tamper?: Tamper; signal?: AbortSignal } = {},
): Promise<LocalReplay> {
  say("starting Elasticsearch (about 20 s)");
  const server = await ElasticsearchServer.start();
  let rig: PipelineRig | undefined;
  const stop = async () => {
    await rig?.destroy();
    await server.stop();
  };
  try {
    await installTemplates(server);
    say("starting the collectors");
    rig = await PipelineRig.create(server);
    await rig.start();
    const results = await replay(scenarios, server, rig, { ...options, onProgress: say });
    return { results, store: readerOf(server.client), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
