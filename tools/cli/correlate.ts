import * as fs from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { type CorrelationConfig, schema } from "../../components/correlation/correlation-schema";
import { describe } from "../../components/correlation/program/chain-document";
import { EXIT } from "../../components/correlation/program/correlator";
import { evaluate } from "../../components/correlation/program/evaluate";
import { EventStore } from "../../components/correlation/program/event-store";
import { explain, titleOf, worthALook } from "../../components/correlation/program/near-misses";
import type { Json, ResolvedRule } from "../../components/correlation/program/resolved-rule";
import type { NearMiss } from "../../components/correlation/program/rule-run";
import {
  type Chain,
  readDetails,
  withoutKnown,
  withState,
  writeChains,
} from "../../components/correlation/program/write-chains";
import { resolveRules } from "../../components/correlation/resolve-rules";
import { allEvents } from "../../components/documents/store";
import { apiKey } from "../../components/node-program/http-client";
import { FEATURES } from "../../components/registry";
import { settingsOf } from "./plan";

interface Options {
  es: string[];
  apiKeyFile?: string;
  ca?: string;
  stack: string;
  since: number;
  rule?: string[];
  dryRun?: true;
  nearMisses: number;
}

const API_KEY = "ELASTICSEARCH_API_KEY";

function command(): Command {
  return new Command("npm run correlate --")
    .description(
      "Looks for chains of events in what Elasticsearch has, with the rules of a stack: what each found and why, and what nearly was one. Without --dry-run chains that are not there yet are written, as the CronJob does.",
    )
    .requiredOption("--es <url...>", "address of Elasticsearch, https or on this machine")
    .option("--api-key-file <file>", `encoded API key; default: the variable ${API_KEY}`)
    .option("--ca <file>", "PEM file with the CA of Elasticsearch")
    .option("--stack <name>", "stack whose rules, cluster and indices are taken", "dev")
    .option("--since <time>", "how far back: 90m, 24h, 7d", duration, duration("24h"))
    .option("--rule <name...>", "only these rules")
    .option("--near-misses <number>", "how many of them are shown", number, 10)
    .option("--dry-run", "write nothing");
}

/** Milliseconds of a number with its unit. */
function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (!amount) throw new InvalidArgumentError("A number of minutes, hours or days: 90m, 24h, 7d.");
  return Number(amount) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as "m" | "h" | "d"];
}

function number(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("A number.");
  return Number(text);
}

/** `npm run correlate -- ...`; the exit code is that of the program in the cluster. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = command().parse(argv, { from: "user" }).opts<Options>();
  let store: EventStore | undefined;
  try {
    const { rules, ...place } = stackOf(options);
    store = new EventStore(targets(options));
    return await run(store, rules, place, options);
  } catch (error) {
    console.error(`correlate: ${(error as Error).message}`);
    return EXIT.failed;
  } finally {
    await store?.close();
  }
}

interface Place {
  clusterName: string;
  events: string;
  correlations: string;
}

/** Rules, cluster and indices of the stack's config; the rules of the stack itself where it has the feature off. */
function stackOf({ stack, rule: wanted }: Options): Place & { rules: ResolvedRule[] } {
  const { envelope, features } = settingsOf(stack);
  const { indices } = envelope.output.elasticsearch;
  const configured = features.find(({ feature }) => feature.name === "correlation")?.bound?.config;
  const config = (configured ?? schema.parse({})) as CorrelationConfig;
  const all = resolveRules(registryFacts(FEATURES).documents, indices, config);
  const unknown = wanted?.find((name) => !all.some((one) => one.name === name));
  if (unknown)
    throw new Error(`there is no rule "${unknown}"; one of ${all.map(({ name }) => name).join(", ")}`);
  return {
    clusterName: envelope.global.clusterName,
    events: allEvents(indices),
    correlations: indices.correlations,
    rules: all.filter(({ name }) => wanted?.includes(name) ?? true),
  };
}

function targets({ es, ca: file, apiKeyFile }: Options) {
  const ca = file ? fs.readFileSync(file, "utf8") : undefined;
  const key = apiKeyFile ? fs.readFileSync(apiKeyFile, "utf8") : process.env[API_KEY];
  if (!key?.trim()) throw new Error(`no API key: give --api-key-file or set ${API_KEY}`);
  return es.map((url) => ({ url, ca, headers: { authorization: apiKey(key.trim()) } }));
}

async function run(
  store: EventStore,
  rules: readonly ResolvedRule[],
  place: Place,
  { since, dryRun, nearMisses }: Options,
): Promise<number> {
  const now = new Date();
  const intervals = [{ from: now.getTime() - since, to: now.getTime() + 86_400_000 }];
  const chains: Chain[] = [];
  const misses: NearMiss[] = [];
  let read = 0;
  for (const rule of rules) {
    const found = await evaluate(store, rule, intervals, { ...place, explains: true });
    read += found.read;
    misses.push(...found.run.nearMisses);
    chains.push(...(await withState(store, [...found.run.matches.values()], place.clusterName)));
  }
  console.log(`${rules.length} rules, ${read} events read, ${chains.length} chains`);
  const details = await readDetails(store, chains, place);
  for (const { match } of chains) console.log(lines(match, details).join("\n"));
  const explained = await explain(store, worthALook(misses, nearMisses), place);
  if (explained.length > 0) console.log(`\nNearly a chain (${explained.length} of ${misses.length}):`);
  for (const { miss, why } of explained)
    console.log([`  ${titleOf(miss)}`, ...why.map((one) => `    ${one}`)].join("\n"));
  if (dryRun) return EXIT.ok;
  const options = { ...place, now, latenessMs: since };
  const { created, refused } = await writeChains(store, await withoutKnown(store, chains, options), options);
  console.log(`\n${created} chains written, ${chains.length - created - refused.length} were there`);
  for (const reason of refused) console.error(`refused: ${reason}`);
  return refused.length > 0 ? EXIT.incomplete : EXIT.ok;
}

/** What was found, and the events that make it so. */
function lines(match: Chain["match"], details: ReadonlyMap<string, Json>): string[] {
  const { rule, chain } = match;
  const events = chain.slice(0, 20).map(({ id, time, step }) => {
    const message = String(details.get(id)?.["message"] ?? "").slice(0, 120);
    // Log texts come from attackers: nothing that a terminal would obey.
    const shown = message.replace(/\p{Cc}/gu, " ");
    return `    ${new Date(time).toISOString()} ${rule.steps[step]!.name}: ${shown}`;
  });
  const more = chain.length > events.length ? [`    and ${chain.length - events.length} more`] : [];
  return [`  ${rule.name} (severity ${rule.severity}): ${describe(match)}`, ...events, ...more];
}
