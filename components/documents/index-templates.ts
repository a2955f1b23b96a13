import type { ToolDocuments, ToolIndex } from "./documents";
import { DATE, type FieldMap, FLATTENED, FLOAT, INTEGER, KEYWORD, LONG, object, TEXT } from "./fields";
import { mergeFields, type OwnedFields } from "./merge-fields";
import type { Indices } from "./store";

/**
 * What the documents look like to Elasticsearch, as data: one component template for all indices and an index
 * template each. Field names and types are those of the design's "Documents in the store"; ECS where ECS has the
 * field. Objects are nested, never keys with dots, so that one name can't be an object here and a value there.
 */
export interface IndexTemplates {
  component: { name: string; body: ComponentTemplate };
  indices: { name: string; body: IndexTemplate }[];
}

interface ComponentTemplate {
  template: { settings: Record<string, unknown>; mappings: Mappings };
}

interface IndexTemplate {
  index_patterns: string[];
  composed_of: string[];
  priority: number;
  template: { mappings: Mappings };
}

interface Mappings {
  dynamic: boolean;
  properties: FieldMap;
}

/** Name of the component template. */
export const COMMON_TEMPLATE = "security-common";

/**
 * Templates for the indices of the stack, under the names that the config gives them.
 * @param documents Of every tool of the registry, on or off: a template does not change with a toggle.
 */
export function indexTemplates(indices: Indices, documents: readonly ToolDocuments[]): IndexTemplates {
  const ofTools = (key: ToolIndex) => {
    const { fields } = mergeFields(fieldsIn(key, documents));
    return indexTemplate(indices[key], fields);
  };
  return {
    component: {
      name: COMMON_TEMPLATE,
      body: { template: { settings: SETTINGS, mappings: mappings(COMMON_FIELDS) } },
    },
    indices: [
      ofTools("events"),
      ofTools("inventory"),
      ofTools("audit"),
      ofTools("network"),
      ofTools("mesh"),
      ofTools("admission"),
      ofTools("vulnerabilities"),
      ofTools("posture"),
      ofTools("correlations"),
      ofTools("responses"),
      indexTemplate(indices.deadLetter, DEAD_LETTER),
    ],
  };
}

/** The fields that each tool's documents have in an index. */
export function fieldsIn(key: ToolIndex, documents: readonly ToolDocuments[]): OwnedFields[] {
  return documents.flatMap(({ tool, index, fields, further = [] }) =>
    [{ index, fields }, ...further].filter((one) => one.index === key).map((one) => ({ tool, ...one })),
  );
}

function indexTemplate(index: string, properties: FieldMap): { name: string; body: IndexTemplate } {
  return {
    name: index,
    body: {
      index_patterns: [index, `${index}-*`],
      composed_of: [COMMON_TEMPLATE],
      priority: 200,
      template: { mappings: mappings(properties) },
    },
  };
}

// What is in no template is kept in the document and not indexed: events are made by processes that an attacker
// may run.
function mappings(properties: FieldMap): Mappings {
  return { dynamic: false, properties };
}

const SETTINGS = {
  number_of_shards: 1,
  // Stated, since without it an index that nobody searched for 30 s shows new documents only after a search.
  refresh_interval: "1s",
  // A date or number that is none costs its field, not the document.
  "mapping.ignore_malformed": true,
};

/** Fields that the documents of every tool have. */
export const COMMON_FIELDS: FieldMap = {
  "@timestamp": DATE,
  message: TEXT,
  event: object({
    kind: KEYWORD,
    category: KEYWORD,
    type: KEYWORD,
    action: KEYWORD,
    severity: INTEGER,
    module: KEYWORD,
    dataset: KEYWORD,
    id: KEYWORD,
    hash: KEYWORD,
    created: DATE,
    ingested: DATE,
    sampled_percent: FLOAT,
    suppressed: LONG,
  }),
  labels: object({ security_tool: KEYWORD, excepted: KEYWORD }),
  host: object({
    name: KEYWORD,
    hostname: KEYWORD,
    os: object({ name: KEYWORD, version: KEYWORD, kernel: KEYWORD, platform: KEYWORD }),
  }),
  kubernetes: object({
    namespace: KEYWORD,
    pod: object({ name: KEYWORD, uid: KEYWORD }),
    node: object({ name: KEYWORD }),
    labels: FLATTENED,
  }),
  container: object({ id: KEYWORD, name: KEYWORD, image: object({ name: KEYWORD, tag: KEYWORD }) }),
  orchestrator: object({ cluster: object({ name: KEYWORD }) }),
  threat: object({ technique: object({ id: KEYWORD }), tactic: object({ id: KEYWORD }) }),
};

const DEAD_LETTER: FieldMap = {
  error: object({ message: KEYWORD }),
  log: object({ file: object({ path: KEYWORD }), offset: LONG }),
};
