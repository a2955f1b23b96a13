import { patternSource } from "../../core/config/pattern";
import { fieldTypes } from "../../documents/fields";
import type { ElasticObject } from "../objects/object";
import type { Existing, ExistingIndex, ExistingTemplate } from "./existing";

/** What is in the way, each with what to do about it. */
export interface Conflicts {
  /** Nothing may be made before these are mended. */
  errors: string[];
  /** All is made, and these stay. */
  warnings: string[];
}

/** One of our index templates, with the fields of all that it is composed of. */
export interface WantedIndex {
  /** Of the template. */
  template: string;
  /** Of the index or data stream that documents are written to. */
  name: string;
  isDataStream: boolean;
  priority: number;
  /** Type of each field by its full name. */
  fields: Record<string, string>;
}

/** The indices that the templates among these objects are for. */
export function wantedIndices(objects: readonly ElasticObject[]): WantedIndex[] {
  const components = new Map(
    objects.flatMap(({ type, name, inputs }) =>
      type === "ElasticsearchComponentTemplate" ? [[name, fieldsOf(inputs.template)] as const] : [],
    ),
  );
  return objects.flatMap(({ type, name, inputs }) => {
    if (type !== "ElasticsearchIndexTemplate") return [];
    const { indexPatterns, composedOfs = [], dataStream, priority = 0, template } = inputs;
    const composed = composedOfs.map((component) => components.get(component) ?? {});
    return [
      {
        template: name,
        name: indexPatterns[0]!,
        isDataStream: dataStream !== undefined,
        priority,
        fields: Object.assign({}, ...composed, fieldsOf(template)) as Record<string, string>,
      },
    ];
  });
}

function fieldsOf({ mappings = "{}" }: { mappings?: string } = {}): Record<string, string> {
  const { properties = {} } = JSON.parse(mappings) as { properties?: Record<string, unknown> };
  return fieldTypes(properties);
}

/** What keeps our templates from saying how documents are stored. */
export function findConflicts(wanted: readonly WantedIndex[], existing: Existing): Conflicts {
  const ours = new Set(wanted.map(({ template }) => template));
  const foreign = existing.templates.filter(({ name }) => !ours.has(name));
  const found: Conflicts = { errors: [], warnings: [] };
  for (const index of wanted) {
    found.errors.push(...foreign.flatMap((template) => stronger(index, template)));
    const there = existing.indices[index.name];
    if (there) compare(index, there, found);
  }
  return found;
}

/** Of all templates whose pattern fits a name, Elasticsearch takes the one of the highest priority, and it alone. */
function stronger({ name, priority }: WantedIndex, template: ExistingTemplate): string[] {
  const fits = template.patterns.some((pattern) => new RegExp(`^${patternSource(pattern)}$`).test(name));
  if (!fits || template.priority < priority) return [];
  return [
    `the index template "${template.name}" (priority ${template.priority}, for ${template.patterns.join(", ")}) would be taken for ${name} instead of ours (priority ${priority}): give it a lower priority or other patterns, or give the index another name (output.elasticsearch.indices)`,
  ];
}

function compare(index: WantedIndex, there: ExistingIndex, { errors, warnings }: Conflicts): void {
  const { name, isDataStream } = index;
  const kind = isDataStream ? "data stream" : "index";
  if (there.kind !== kind) {
    errors.push(
      `${name} is there already as ${article(there.kind)}, and has to be ${article(kind)}: reindex what is in it to another name and delete it, or give ours another name (output.elasticsearch.indices)`,
    );
    return;
  }
  const stored = fieldTypes(there.properties ?? {});
  const other = Object.entries(index.fields).filter(
    ([field, type]) => stored[field] && stored[field] !== type,
  );
  const absent = Object.keys(index.fields).filter((field) => !stored[field]);
  const types = other.map(([field, type]) => `${field} is ${stored[field]}, not ${type}`);
  if (isDataStream) {
    const differs = [...types, ...absent.map((field) => `${field} is not there`)];
    if (differs.length > 0)
      warnings.push(
        `${name} was begun with other fields (${some(differs)}), which stay as they are until it is rolled over: POST /${name}/_rollover`,
      );
    return;
  }
  if (types.length > 0)
    errors.push(
      `the index ${name} has fields of other types (${some(types)}), which no template changes: reindex it to another name, delete it, and run this again`,
    );
  else if (absent.length > 0)
    warnings.push(
      `the index ${name} lacks fields (${some(absent)}), which can't be searched until they are added: PUT /${name}/_mapping`,
    );
}

function some(list: readonly string[]): string {
  const most = 3;
  return list.length > most
    ? `${list.slice(0, most).join(", ")} and ${list.length - most} more`
    : list.join(", ");
}

function article(noun: string): string {
  return `${/^[ai]/.test(noun) ? "an" : "a"} ${noun}`;
}
