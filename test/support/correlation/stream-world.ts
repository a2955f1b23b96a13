import { CHAIN_DATASET } from "../../../components/correlation/program/chain-document";
import type { Summary } from "../../../components/correlation/program/correlation-pass";
import type { ResolvedRule } from "../../../components/correlation/program/resolved-rule";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { correlatorPass, type PassSettings } from "../../rigs/correlation/correlator-pass";
import { type Json, putEvents, type StoredEvent } from "./replayed";

const MINUTE = 60_000;

/** Indices of its own for a stream of events, and a clock that begins when all of them have happened. */
export interface StreamWorld {
  events: string;
  correlations: string;
  put(some: readonly StoredEvent[]): Promise<void>;
  /** Findings of its own, and what makes a rule ask them. */
  findings: {
    put(some: readonly StoredEvent[]): Promise<void>;
    of(rule: ResolvedRule): Partial<ResolvedRule>;
  };
  /** A pass, `later` minutes after the one before; two without it. */
  pass(settings?: PassSettings, later?: number): Promise<Summary>;
  /** Documents of the chains that were found. */
  chains(): Promise<Json[]>;
  /** Write operations to the correlations so far. */
  operations(): Promise<number>;
  remove(): Promise<unknown>;
}

/** @param name Of the world, in the names of its indices */
export function streamWorld(server: ElasticsearchServer, name: string, now: Date): StreamWorld {
  const events = `${INDICES.events}-w${name}`;
  const correlations = `${INDICES.correlations}-w${name}`;
  const vulnerabilities = `${INDICES.vulnerabilities}-w${name}`;
  let minutes = 0;
  return {
    events,
    correlations,
    put: (some: readonly StoredEvent[]) => putEvents(server, events, some),
    findings: {
      put: (some: readonly StoredEvent[]) => putEvents(server, vulnerabilities, some),
      of: (rule: ResolvedRule) => (rule.while ? { while: { ...rule.while, index: vulnerabilities } } : {}),
    },
    pass: (settings: PassSettings = {}, later = 2) => {
      minutes += later;
      const at = new Date(now.getTime() + minutes * MINUTE);
      return correlatorPass(server, { events, correlations, now: at, ...settings });
    },
    chains: async () => {
      const hits = await server.client.search(correlations, { term: { "event.dataset": CHAIN_DATASET } });
      return hits.map(({ _source }) => _source);
    },
    operations: async () => {
      const stats = await server.client.must("GET", `/${correlations}/_stats/indexing`);
      return (stats as { _all: { primaries: { indexing: { index_total: number } } } })._all.primaries.indexing
        .index_total;
    },
    remove: () =>
      server.client.request(
        "DELETE",
        `/${events},${correlations},${vulnerabilities}?ignore_unavailable=true`,
      ),
  };
}
