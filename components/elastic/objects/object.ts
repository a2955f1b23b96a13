import type * as elasticstack from "@pulumi/elasticstack";
import type * as pulumi from "@pulumi/pulumi";
import type { KibanaDashboardInputs } from "../dashboards/build";

/** The classes of @pulumi/elasticstack that the stack uses, with what each takes. */
interface SdkInputs {
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
  KibanaDataView: elasticstack.KibanaDataViewArgs;
}

/** What each class takes, as plain data: the plan knows no outputs. Dashboards have a provider of their own. */
export type Inputs = { [Type in keyof SdkInputs]: pulumi.Unwrap<SdkInputs[Type]> } & {
  KibanaDashboard: KibanaDashboardInputs;
};

/** A class; Kibana's are those whose name says so. */
export type ElasticType = keyof Inputs;

/** Something in Elasticsearch or Kibana, as plain data. */
export interface ObjectOf<Type extends ElasticType> {
  /** Name of the class. */
  type: Type;
  /** Unique among those of its type. */
  name: string;
  inputs: Inputs[Type];
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
