/** Something in Elasticsearch or Kibana, as plain data. */
export interface ElasticObject {
  /** Name of the class in @pulumi/elasticstack. */
  type: ElasticType;
  /** Unique among those of its type. */
  name: string;
  inputs: Record<string, unknown>;
  /** Those that must be there before it, as `type/name`. */
  after?: readonly string[];
}

/** The classes of @pulumi/elasticstack that the stack uses; Kibana's are those whose name says so. */
export type ElasticType =
  | "ElasticsearchComponentTemplate"
  | "ElasticsearchIndexLifecycle"
  | "ElasticsearchIndexTemplate"
  | "ElasticsearchIngestPipeline"
  | "ElasticsearchSecurityRole"
  | "ElasticsearchSnapshotLifecycle"
  | "ElasticsearchSnapshotRepository"
  | "ElasticsearchTransform"
  | "KibanaActionConnector"
  | "KibanaAlertingRule"
  | "KibanaDashboard"
  | "KibanaDataView";

export function isKibana({ type }: ElasticObject): boolean {
  return type.startsWith("Kibana");
}

/** What `after` names it by. */
export function idOf({ type, name }: Pick<ElasticObject, "type" | "name">): string {
  return `${type}/${name}`;
}
