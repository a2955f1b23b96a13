import type * as elasticstack from "@pulumi/elasticstack";
import type * as pulumi from "@pulumi/pulumi";

/** The classes of @pulumi/elasticstack that the stack uses, with what each takes; Kibana's are those whose name says so. */
interface Inputs {
  ElasticsearchComponentTemplate: elasticstack.ElasticsearchComponentTemplateArgs;
  ElasticsearchIndexLifecycle: elasticstack.ElasticsearchIndexLifecycleArgs;
  ElasticsearchIndexTemplate: elasticstack.ElasticsearchIndexTemplateArgs;
  ElasticsearchIngestPipeline: elasticstack.ElasticsearchIngestPipelineArgs;
  ElasticsearchSecurityRole: elasticstack.ElasticsearchSecurityRoleArgs;
  ElasticsearchSnapshotLifecycle: elasticstack.ElasticsearchSnapshotLifecycleArgs;
  ElasticsearchSnapshotRepository: elasticstack.ElasticsearchSnapshotRepositoryArgs;
  ElasticsearchTransform: elasticstack.ElasticsearchTransformArgs;
  KibanaActionConnector: elasticstack.KibanaActionConnectorArgs;
  KibanaAlertingRule: elasticstack.KibanaAlertingRuleArgs;
  KibanaDashboard: elasticstack.KibanaDashboardArgs;
  KibanaDataView: elasticstack.KibanaDataViewArgs;
}

export type ElasticType = keyof Inputs;

/** What a class takes, as plain data: the plan knows no outputs. */
export type InputsOf<Type extends ElasticType> = pulumi.Unwrap<Inputs[Type]>;

/** Something in Elasticsearch or Kibana, as plain data. */
export interface ObjectOf<Type extends ElasticType> {
  /** Name of the class in @pulumi/elasticstack. */
  type: Type;
  /** Unique among those of its type. */
  name: string;
  inputs: InputsOf<Type>;
  /** Those that must be there before it, as `type/name`. */
  after?: readonly string[];
}

export type ElasticObject = { [Type in ElasticType]: ObjectOf<Type> }[ElasticType];

export function isKibana({ type }: ElasticObject): boolean {
  return type.startsWith("Kibana");
}

/** What `after` names it by. */
export function idOf({ type, name }: Pick<ElasticObject, "type" | "name">): string {
  return `${type}/${name}`;
}
