import type { Objects } from "../../core/config/elasticsearch-schema";
import type { RegistryFacts } from "../../core/contract/context";
import { COMMON_TEMPLATE, indexTemplates } from "../../documents/index-templates";
import type { Indices } from "../../documents/store";
import { currentInventory } from "../../documents/store";
import { APPENDED } from "./lifecycle";
import type { ElasticObject } from "./object";

export interface TemplateOptions {
  indices: Indices;
  registry: Pick<RegistryFacts, "documents">;
  objects: Objects;
  /** Copies of each shard beside the first. */
  replicas: number;
}

/** The templates of templates.ts as resources: with the copies of the data, and what is appended to as data streams. */
export function templates({ indices, replicas, registry }: TemplateOptions): ElasticObject[] {
  const { component, indices: all } = indexTemplates(indices, registry.documents);
  const appended = APPENDED.map((index) => indices[index]);
  const { settings, mappings } = component.body.template;
  return [
    {
      type: "ElasticsearchComponentTemplate",
      name: component.name,
      inputs: {
        name: component.name,
        template: {
          settings: JSON.stringify({ ...settings, number_of_replicas: replicas }),
          mappings: JSON.stringify(mappings),
        },
      },
    },
    ...all.map(({ name, body }): ElasticObject => {
      const isAppended = appended.includes(name);
      return {
        type: "ElasticsearchIndexTemplate",
        name,
        inputs: {
          name,
          indexPatterns: body.index_patterns,
          composedOfs: body.composed_of,
          priority: body.priority,
          ...(isAppended ? { dataStream: {} } : {}),
          template: {
            mappings: JSON.stringify(body.template.mappings),
            ...(isAppended ? { settings: JSON.stringify(settingsOf(name, indices)) } : {}),
          },
        },
        after: [
          `ElasticsearchComponentTemplate/${COMMON_TEMPLATE}`,
          ...(isAppended ? [`ElasticsearchIndexLifecycle/${name}`] : []),
        ],
      };
    }),
  ];
}

function settingsOf(name: string, indices: Indices): Record<string, unknown> {
  const pipeline = name === indices.inventory ? { "index.final_pipeline": ingestedPipeline(indices) } : {};
  return { "index.lifecycle.name": name, ...pipeline };
}

function ingestedPipeline({ inventory }: Indices): string {
  return `${inventory}-ingested`;
}

/** ECS's field for it. */
const INGESTED = "event.ingested";

/**
 * What is there now, of an inventory that is a log of changes: Elasticsearch itself keeps the newest document of each
 * row in an index of its own. It asks for what has come since it last looked, by the time at which Elasticsearch took
 * it: a node's own time would miss what waited in a queue.
 */
export function currentState({ indices, replicas, registry }: TemplateOptions): ElasticObject[] {
  const index = currentInventory(indices);
  const { indices: all } = indexTemplates(indices, registry.documents);
  const inventory = all.find(({ name }) => name === indices.inventory)!.body;
  return [
    {
      type: "ElasticsearchIngestPipeline",
      name: ingestedPipeline(indices),
      inputs: {
        name: ingestedPipeline(indices),
        description: "When Elasticsearch took the document.",
        processors: [JSON.stringify({ set: { field: INGESTED, value: "{{{_ingest.timestamp}}}" } })],
      },
    },
    {
      // Over the pattern of the inventory itself, whose data stream it is not.
      type: "ElasticsearchIndexTemplate",
      name: index,
      inputs: {
        name: index,
        indexPatterns: [index],
        composedOfs: inventory.composed_of,
        priority: inventory.priority + 100,
        template: {
          settings: JSON.stringify({ number_of_replicas: replicas }),
          mappings: JSON.stringify(inventory.template.mappings),
        },
      },
      after: [`ElasticsearchComponentTemplate/${COMMON_TEMPLATE}`],
    },
    {
      type: "ElasticsearchTransform",
      name: index,
      inputs: {
        name: index,
        description: "The newest document of each row of the inventory.",
        source: { indices: [indices.inventory] },
        destination: { index },
        latest: JSON.stringify({ unique_key: rowIdentity(registry), sort: "@timestamp" }),
        sync: { time: { field: INGESTED, delay: "60s" } },
        frequency: "1m",
        // What was not seen again, of nodes that are gone above all. The dashboards ask for the time themselves, so this
        // may come later.
        retentionPolicy: { time: { field: rowCurrentUntil(registry), maxAge: "1h" } },
        // The inventory has no document yet at a first start, and so is not there. Starting a transform validates its
        // source all the same, and refuses what is not there, unless it is unattended: then it tries again until the
        // source is there (elasticsearch#89759).
        deferValidation: true,
        unattended: true,
        enabled: true,
      },
      after: [
        `ElasticsearchIndexTemplate/${index}`,
        `ElasticsearchIndexTemplate/${indices.inventory}`,
        `ElasticsearchIngestPipeline/${ingestedPipeline(indices)}`,
      ],
    },
  ];
}

function rowCurrentUntil({ documents }: TemplateOptions["registry"]): string {
  const fields = documents
    .filter(({ index }) => index === "inventory")
    .flatMap((tool) => tool.rowCurrentUntil ?? []);
  const [field, ...more] = new Set(fields);
  if (field === undefined || more.length > 0)
    throw new Error(
      `the tools of the inventory say until when a row is current in ${fields.join(", ") || "no field"}: one field is needed, ToolDocuments.rowCurrentUntil`,
    );
  return field;
}

function rowIdentity({ documents }: TemplateOptions["registry"]): string[] {
  const fields = documents
    .filter(({ index }) => index === "inventory")
    .flatMap((tool) => tool.rowIdentity ?? []);
  return [...new Set(fields)];
}
