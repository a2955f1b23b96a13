import * as fs from "node:fs";
import { ofCluster } from "../../components/correlation/program/arrivals";
import { runPass, type Summary } from "../../components/correlation/program/correlation-pass";
import { EventStore } from "../../components/correlation/program/event-store";
import { parseRules, type ResolvedRule } from "../../components/correlation/program/resolved-rule";
import type { Target } from "../../components/node-program/http-client";

/** What the measured process is given, as JSON in `argv[2]`. */
export interface PassInput {
  elasticsearch: Target;
  rulesFile: string;
  events: string;
  correlations: string;
  now: number;
  /** The rules' events are read and nothing is made of them. */
  isBare: boolean;
}

/** What it prints. */
export interface PassOutput {
  summary: Pick<Summary, "read" | "found" | "written" | "bytes">;
  seconds: number;
  /** Peak resident memory of the process, as the kernel counted it. */
  megabytes: number;
}

const LATENESS_MS = 48 * 3_600_000;
const PAGE = 5000;

/** One pass of the correlator, or the bare queries of its rules, in a process of its own. */
async function main(input: PassInput): Promise<void> {
  const { elasticsearch, events, correlations } = input;
  const rules = parseRules(fs.readFileSync(input.rulesFile, "utf8"));
  const store = new EventStore([elasticsearch]);
  const options = {
    ...{ events, correlations, clusterName: "bench", latenessMs: LATENESS_MS },
    now: new Date(input.now),
  };
  const started = performance.now();
  const summary = input.isBare
    ? await bareQueries(store, rules, events)
    : await runPass(store, rules, options);
  const seconds = (performance.now() - started) / 1000;
  await store.close();
  const { read, found, written, bytes } = summary;
  const output: PassOutput = {
    summary: { read, found, written, bytes },
    seconds,
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify(output));
}

/** All events of each rule by `search_after`, by time and with the fields that the rule goes by. */
async function bareQueries(store: EventStore, rules: readonly ResolvedRule[], events: string) {
  let read = 0;
  for (const { steps, groupBy, field } of rules) {
    const any = { bool: { should: steps.map(({ query }) => query), minimum_should_match: 1 } };
    const fields = ["@timestamp", "event.id", ...groupBy, ...(field === undefined ? [] : [field])];
    const query = { bool: { filter: [any, ofCluster("bench")] } };
    for await (const hits of store.stream(events, { query, fields: [...new Set(fields)], size: PAGE }))
      read += hits.length;
  }
  return { read, found: 0, written: 0, bytes: 0 };
}

void main(JSON.parse(process.argv[2] ?? "{}") as PassInput);
