import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { apiKey } from "../../../components/node-program/http-client";
import type { Attacked } from "../../../scenarios/check/chains";
import { madeBy } from "../../../scenarios/check/detections";
import {
  type Attacker,
  type Evidence,
  runScenarios,
  type ScenarioResult,
} from "../../../scenarios/check/run";
import type { StepResult } from "../../../scenarios/check/step-result";
import { ElasticsearchStore } from "../../../scenarios/check/store";
import type { Scenario } from "../../../scenarios/model/scenario-schema";
import { type Sample, sampleEvidence, samplesOf } from "../../../scenarios/samples/samples";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { correlatorPass } from "../correlation/correlator-pass";
import { CLUSTER_NAME, type PipelineRig } from "../pipeline/rig";
import { beginnings, endOf, linesFrom } from "./apart";

/** Changes what an attack leaves in the sensors' logs: undefined withholds the line. */
export type Tamper = (scenario: Scenario, sample: Sample, line: string) => string | undefined;

export interface ReplayOptions {
  tamper?: Tamper;
  /** What the sensors write; default: the scenarios' own samples. */
  samples?: (id: string) => Sample[];
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}

/** The user of the embedded cluster, on which the requests of the samples were made. */
const RECORDED_AS = "security-stack-admin";
/** How long lines may take through the pipeline before they count as lost. */
const LOST_AFTER_MS = 60_000;
// What Elasticsearch was sent: written, or known already (elasticsearchexporter 0.152).
const PROCESSED = "otelcol_elasticsearch_docs_processed";

/**
 * Runs scenarios without a cluster: the log lines that their attacks bring about are written where the sensors write,
 * and go through the real collectors into the real Elasticsearch. Steps are not carried out. Every expectation is
 * judged as soon as all lines have arrived, so that one that fails takes no longer than the others.
 *
 * Scenarios of which correlation makes chains are replayed a second time, each in an hour of its own in the past, since a
 * rule finds the same in one pod once an hour; the correlator's own code then looks at all of it.
 */
export async function replay(
  scenarios: readonly Scenario[],
  server: ElasticsearchServer,
  rig: PipelineRig,
  options: ReplayOptions = {},
): Promise<ScenarioResult[]> {
  const replayer = await Replayer.create(scenarios, server, rig, options);
  const store = readerOf(server);
  const settled = new AbortController();
  const watching = replayer.watch(settled.signal);
  // Awaited below; nothing is waited for in vain meanwhile.
  watching.catch(() => replayer.giveUp());
  try {
    return await runScenarios(madeBy(scenarios, RECORDED_AS), replayer, store, {
      indices: INDICES,
      clusterName: CLUSTER_NAME,
      intervalMs: 200,
      onProgress: options.onProgress,
      signal: options.signal,
    });
  } finally {
    settled.abort();
    await watching;
    await store.close();
  }
}

/** The server as the checks see it: with the rights of an API key that may read, over verified TLS. */
export function readerOf(server: ElasticsearchServer): ElasticsearchStore {
  const { url, caCertificate: ca, readerKey } = server;
  return new ElasticsearchStore({ url, ca, headers: { authorization: apiKey(readerKey) } });
}

class Replayer implements Attacker {
  private written = 0;
  private lastWrite = Date.now();
  private complete = false;

  private constructor(
    private readonly server: ElasticsearchServer,
    private readonly rig: PipelineRig,
    private readonly samples: (id: string) => Sample[],
    private readonly tamper: Tamper,
    private readonly before: number,
    /** When those that leave chains begin the second time. */
    private readonly again: ReadonlyMap<string, number>,
  ) {}

  static async create(
    scenarios: readonly Scenario[],
    server: ElasticsearchServer,
    rig: PipelineRig,
    { samples = samplesOf, tamper = (_s, _l, line) => line }: ReplayOptions,
  ) {
    const chained = scenarios.filter(({ chains }) => chains.length > 0);
    const again = beginnings(chained, new Date());
    return new Replayer(server, rig, samples, tamper, await rig.gateway.metric(PROCESSED), again);
  }

  evidenceOf({ id }: Scenario): Evidence {
    return sampleEvidence(id);
  }

  attacked({ id }: Scenario): Attacked {
    const start = this.again.get(id) ?? 0;
    return { since: new Date(start), until: new Date(endOf(start)), isDatedBack: true };
  }

  async carryOut(scenario: Scenario): Promise<StepResult[]> {
    const startedAt = new Date();
    const samples = this.samples(scenario.id).flatMap((sample) => this.tampered(scenario, sample));
    const again = this.again.get(scenario.id);
    const lines = [
      ...samples.map(({ tool, file, line }) => ({ tool, file, line: line(startedAt) })),
      ...(again === undefined ? [] : linesFrom(samples, again)),
    ];
    for (const { tool, file, line } of lines) appendFileSync(this.rig.logFile(tool, file), `${line}\n`);
    this.written += lines.length;
    this.lastWrite = Date.now();
    this.complete = false;
    const detail = `${lines.length} log lines written`;
    return [{ what: "replay", startedAt: startedAt.toISOString(), ok: true, detail }];
  }

  isComplete(): boolean {
    return this.complete;
  }

  /** Nothing more comes. */
  giveUp(): void {
    this.complete = true;
  }

  /** Notes when all lines were sent to Elasticsearch and correlated, or are lost. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wanted = this.written;
      const sent = (await this.rig.gateway.metric(PROCESSED)) - this.before;
      if (!this.complete && (sent >= wanted || Date.now() - this.lastWrite > LOST_AFTER_MS)) {
        await this.refresh();
        if (this.again.size > 0 && wanted > 0) await this.correlate();
        if (wanted === this.written && wanted > 0) this.complete = true;
      }
      await sleep(100, undefined, { signal }).catch(() => {});
    }
  }

  /** @returns nothing where the line is withheld */
  private tampered(scenario: Scenario, sample: Sample): Sample[] {
    const isWithheld = this.tamper(scenario, sample, sample.line(new Date())) === undefined;
    const line = (at: Date) => this.tamper(scenario, sample, sample.line(at)) ?? "";
    return isWithheld ? [] : [{ ...sample, line }];
  }

  private async correlate(): Promise<void> {
    const { failed, refused } = await correlatorPass(this.server);
    if (failed.length + refused.length > 0) throw new Error([...failed, ...refused].join("; "));
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    await this.server.client.request("POST", "/security-*/_refresh?ignore_unavailable=true");
  }
}
