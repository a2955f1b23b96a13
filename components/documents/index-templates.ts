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
  properties: Properties;
}

export type FieldType = Readonly<Record<string, unknown>>;

interface Properties {
  [name: string]: FieldType | { properties: Properties };
}

/** Name of the component template. */
export const COMMON_TEMPLATE = "security-common";

// Lucene refuses a term of more than 32766 bytes, and Elasticsearch with it the whole document. A character is
// at most four bytes (Elasticsearch docs, "ignore_above").
const IGNORE_ABOVE = 8191;

const KEYWORD: FieldType = { type: "keyword", ignore_above: IGNORE_ABOVE };
/** Substrings: command lines, paths. */
const WILDCARD: FieldType = { type: "wildcard", ignore_above: IGNORE_ABOVE };
const TEXT: FieldType = { type: "text" };
const DATE: FieldType = { type: "date" };
const LONG: FieldType = { type: "long" };
const INTEGER: FieldType = { type: "integer" };
const FLOAT: FieldType = { type: "float" };
/**
 * Any keys, all of them searched as keywords: whoever names a label or a column can't add fields to the index.
 * The depth is that of JSON itself here, not 20, beyond which the document would be refused.
 */
const FLATTENED: FieldType = { type: "flattened", ignore_above: IGNORE_ABOVE, depth_limit: 1000 };

/** Templates for the indices of the stack, under the names that the config gives them. */
export function indexTemplates(indices: Indices): IndexTemplates {
  return {
    component: {
      name: COMMON_TEMPLATE,
      body: { template: { settings: SETTINGS, mappings: mappings(COMMON) } },
    },
    indices: [
      indexTemplate(indices.events, EVENTS),
      indexTemplate(indices.inventory, INVENTORY),
      indexTemplate(indices.vulnerabilities, VULNERABILITIES),
      indexTemplate(indices.deadLetter, DEAD_LETTER),
    ],
  };
}

/** Index with the newest document of each row of the inventory, kept by a transform. */
export function currentInventory({ inventory }: Indices): string {
  return `${inventory}-current`;
}

/** Type by full name of each field in the properties of a mapping. */
export function fieldTypes(properties: object, prefix = ""): Record<string, string> {
  const types: Record<string, string> = {};
  for (const [name, field] of Object.entries(properties)) {
    const { type, properties } = field as { type?: string; properties?: object };
    if (type) types[prefix + name] = type;
    if (properties) Object.assign(types, fieldTypes(properties, `${prefix}${name}.`));
  }
  return types;
}

function indexTemplate(index: string, properties: Properties): { name: string; body: IndexTemplate } {
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
function mappings(properties: Properties): Mappings {
  return { dynamic: false, properties };
}

const SETTINGS = {
  number_of_shards: 1,
  // Stated, since without it an index that nobody searched for 30 s shows new documents only after a search.
  refresh_interval: "1s",
  // A date or number that is none costs its field, not the document.
  "mapping.ignore_malformed": true,
};

function object(properties: Properties): { properties: Properties } {
  return { properties };
}

const COMMON: Properties = {
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
  labels: object({ security_tool: KEYWORD }),
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

/** Of the process that an event is about. */
const PROCESS = object({
  name: KEYWORD,
  executable: WILDCARD,
  command_line: WILDCARD,
  arguments: WILDCARD,
  working_directory: KEYWORD,
  pid: LONG,
  exit_code: LONG,
  entity_id: KEYWORD,
  parent: object({ name: KEYWORD, executable: WILDCARD, entity_id: KEYWORD }),
});

const EVENTS: Properties = {
  rule: object({ name: KEYWORD }),
  process: PROCESS,
  user: object({ name: KEYWORD, id: KEYWORD }),
  falco: object({ priority: KEYWORD, source: KEYWORD, tags: KEYWORD, output_fields: FLATTENED }),
  tetragon: object({
    function_name: KEYWORD,
    policy_name: KEYWORD,
    action: KEYWORD,
    signal: KEYWORD,
    tags: KEYWORD,
    container_id: KEYWORD,
    args: FLATTENED,
    return: FLATTENED,
  }),
};

const INVENTORY: Properties = {
  osquery: object({
    query_name: KEYWORD,
    name: KEYWORD,
    action: KEYWORD,
    hostIdentifier: KEYWORD,
    row_id: KEYWORD,
    counter: LONG,
    columns: FLATTENED,
    snapshot: FLATTENED,
  }),
  network: object({ port: INTEGER, protocol: KEYWORD, address: KEYWORD }),
  process: PROCESS,
  user: object({ name: KEYWORD }),
};

const VULNERABILITIES: Properties = {
  vulnerability: object({
    id: KEYWORD,
    severity: KEYWORD,
    score: FLOAT,
    title: TEXT,
    resource: KEYWORD,
    installedVersion: KEYWORD,
    fixedVersion: KEYWORD,
    packagePath: KEYWORD,
    target: KEYWORD,
    packageURL: KEYWORD,
    reference: KEYWORD,
    report_id: KEYWORD,
    published: DATE,
    state: KEYWORD,
    firstSeen: DATE,
    closedAt: DATE,
    closedReason: KEYWORD,
  }),
  workload: object({ name: KEYWORD, kind: KEYWORD }),
  trivy: object({
    report: object({
      state: KEYWORD,
      sources: KEYWORD,
      settings: KEYWORD,
      misses: INTEGER,
      missingSince: DATE,
      scannerVersion: KEYWORD,
      findings: FLATTENED,
    }),
  }),
};

const DEAD_LETTER: Properties = {
  error: object({ message: KEYWORD }),
  log: object({ file: object({ path: KEYWORD }), offset: LONG }),
};
