import type * as pulumi from "@pulumi/pulumi";
import { KibanaDashboard } from "../kibana-provider/kibana-dashboard";
import type { ElasticObject } from "./object";

/** @pulumi/elasticstack: loaded only where there is something to make, as it is a package of its own with a plugin behind it. */
export type Sdk = typeof import("@pulumi/elasticstack");

/** Makes one object. A line for each class, so that the compiler holds each object to what its class takes. */
export function makeObject(
  sdk: Sdk,
  name: string,
  object: ElasticObject,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  switch (object.type) {
    case "ElasticsearchComponentTemplate":
      return new sdk.ElasticsearchComponentTemplate(name, object.inputs, opts);
    case "ElasticsearchIndexLifecycle":
      return new sdk.ElasticsearchIndexLifecycle(name, object.inputs, opts);
    case "ElasticsearchIndexTemplate":
      return new sdk.ElasticsearchIndexTemplate(name, object.inputs, opts);
    case "ElasticsearchIngestPipeline":
      return new sdk.ElasticsearchIngestPipeline(name, object.inputs, opts);
    case "ElasticsearchSecurityRole":
      return new sdk.ElasticsearchSecurityRole(name, object.inputs, opts);
    case "ElasticsearchSnapshotLifecycle":
      return new sdk.ElasticsearchSnapshotLifecycle(name, object.inputs, opts);
    case "ElasticsearchSnapshotRepository":
      return new sdk.ElasticsearchSnapshotRepository(name, object.inputs, opts);
    case "ElasticsearchTransform":
      return new sdk.ElasticsearchTransform(name, object.inputs, opts);
    case "KibanaActionConnector":
      return new sdk.KibanaActionConnector(name, object.inputs, opts);
    case "KibanaAlertingRule":
      return new sdk.KibanaAlertingRule(name, object.inputs, opts);
    case "KibanaDashboard":
      return new KibanaDashboard(name, object.inputs, opts);
    case "KibanaDataView":
      return new sdk.KibanaDataView(name, object.inputs, opts);
  }
}
