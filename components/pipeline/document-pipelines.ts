import type { CollectorComponent, PlannedFragment } from "../documents/documents";
import { literal } from "../documents/ottl";
import type { Indices } from "../documents/store";
import type { CollectorConfig } from "./collector-config";
import {
  type DocumentTargets,
  documentProcessor,
  TOOL_ATTRIBUTE,
  unknownToolProcessor,
} from "./document-processor";
import { type FilterSettings, filterProcessors } from "./filters";
import { type LimitProcessors, limitProcessors } from "./limit";
import type { PipelineConfig } from "./pipeline-schema";

/** What documents are made with. */
export interface DocumentSettings {
  indices: Indices;
  clusterName: string;
  filters: FilterSettings;
}

/** Where the documents of a collector go. */
export interface Destination {
  exporter: string;
  /** What changes each document on its way there. */
  processors: Record<string, CollectorComponent>;
}

const ELASTICSEARCH: Destination = { exporter: "elasticsearch", processors: {} };

/** From a receiver of the sensors' lines to an exporter; the collector has a `memory_limiter`. */
export interface DocumentPipelines {
  processors: Record<string, CollectorComponent>;
  connectors: Record<string, CollectorComponent> | undefined;
  pipelines: CollectorConfig["service"]["pipelines"];
}

const UNKNOWN = "logs/unknown";

/** Sort the records by tool and make documents of them. */
export function documentPipelines(
  receiver: string,
  fragments: readonly PlannedFragment[],
  config: PipelineConfig,
  { indices, clusterName, filters }: DocumentSettings,
  to = ELASTICSEARCH,
): DocumentPipelines {
  const targets = { deadLetter: indices.deadLetter, clusterName };
  const costs = fragments.map(({ tool }) => costProcessors(tool, config, filters));
  return {
    processors: {
      ...Object.fromEntries(fragments.map((fragment) => documentProcessorOf(fragment, targets, indices))),
      ...Object.fromEntries(costs.flatMap(({ before, after }) => [...before, ...after])),
      "transform/unknown": unknownToolProcessor({ ...targets, index: indices.deadLetter }),
      ...to.processors,
    },
    connectors: fragments.length > 0 ? { routing: routing(fragments) } : undefined,
    pipelines:
      fragments.length > 0 ? byTool(receiver, fragments, costs, to) : { [UNKNOWN]: allUnknown(receiver, to) },
  };
}

function byTool(
  receiver: string,
  fragments: readonly PlannedFragment[],
  costs: readonly LimitProcessors[],
  to: Destination,
) {
  return {
    "logs/in": { receivers: [receiver], processors: ["memory_limiter"], exporters: ["routing"] },
    ...Object.fromEntries(
      fragments.map((fragment, i) => [pipelineOf(fragment), ofTool(fragment.tool, to, costs[i])]),
    ),
    [UNKNOWN]: ofTool("unknown", to),
  };
}

/**
 * Without a sensor there is nothing to route, and a routing table may not be empty (routingconnector 0.152, config.go).
 * The collector stays for what is still in its queue and in those before it.
 */
function allUnknown(receiver: string, { exporter, processors }: Destination) {
  return {
    receivers: [receiver],
    processors: ["memory_limiter", "transform/unknown", ...Object.keys(processors)],
    exporters: [exporter],
  };
}

function pipelineOf(fragment: PlannedFragment): string {
  return `logs/${fragment.tool}`;
}

/** Around the processor that makes documents: what keeps their number down. */
function costProcessors(
  tool: string,
  { eventLimit }: PipelineConfig,
  filters: FilterSettings,
): LimitProcessors {
  const { before, after } = limitProcessors(tool, eventLimit);
  return { before, after: [...filterProcessors(tool, filters), ...after] };
}

function ofTool(
  tool: string,
  to: Destination,
  { before, after }: LimitProcessors = { before: [], after: [] },
) {
  const ids = (processors: LimitProcessors["before"]) => processors.map(([id]) => id);
  const last = Object.keys(to.processors);
  const processors = [...ids(before), `transform/${tool}`, ...ids(after), ...last];
  return { receivers: ["routing"], processors, exporters: [to.exporter] };
}

function documentProcessorOf(
  fragment: PlannedFragment,
  targets: Omit<DocumentTargets, "index">,
  indices: Indices,
): [string, CollectorComponent] {
  const processor = documentProcessor(fragment, { ...targets, index: indices[fragment.index] });
  return [`transform/${fragment.tool}`, processor];
}

function routing(fragments: readonly PlannedFragment[]): CollectorComponent {
  return {
    error_mode: "silent",
    default_pipelines: [UNKNOWN],
    table: fragments.map((fragment) => ({
      context: "resource",
      condition: `attributes[${literal(TOOL_ATTRIBUTE)}] == ${literal(fragment.tool)}`,
      pipelines: [pipelineOf(fragment)],
    })),
  };
}
