import type { AlertsConfig } from "../../core/config/alerts-schema";
import type { Objects } from "../../core/config/elasticsearch-schema";
import type { RegistryFacts } from "../../core/contract/context";
import type { ToolDocuments } from "../../documents/documents";
import type { Indices } from "../../documents/store";
import { alertInputs, alertsTemplate, connectorInputs } from "../alert-inputs";
import { allDashboards } from "../dashboards/all-dashboards";
import { dashboardInputs, dataViewInputs } from "../dashboards/build";
import { lifecyclePolicy } from "./lifecycle";
import { type ElasticObject, idOf, type ObjectOf } from "./object";

/** What people look at: data views and dashboards. */
export function dashboards(
  indices: Indices,
  { dashboards: wanted }: Objects,
  registry: RegistryFacts,
): ElasticObject[] {
  if (!wanted) return [];
  const views = dataViewObjects(indices);
  const dashboards = Object.entries(dashboardInputs(indices, allDashboards(registry))).map(
    ([name, inputs]): ElasticObject => ({ type: "KibanaDashboard", name, inputs, after: views.map(idOf) }),
  );
  return [...views, ...dashboards];
}

/** Alert rules, the connectors that they speak through, and the index that they write to. */
export function alertRules(
  indices: Indices,
  alerts: AlertsConfig,
  {
    replicas,
    retentionDays,
    documents,
  }: { replicas: number; retentionDays: number; documents: readonly ToolDocuments[] },
): ElasticObject[] {
  if (!alerts.enabled) return [];
  const { name, body } = alertsTemplate();
  const { settings, mappings } = body.template;
  const lifecycle = lifecyclePolicy(name, retentionDays);
  const template: ElasticObject = {
    type: "ElasticsearchIndexTemplate",
    name,
    inputs: {
      name,
      indexPatterns: body.index_patterns,
      priority: body.priority,
      dataStream: {},
      template: {
        settings: JSON.stringify({
          ...settings,
          number_of_replicas: replicas,
          "index.lifecycle.name": lifecycle.name,
        }),
        mappings: JSON.stringify(mappings),
      },
    },
    after: [idOf(lifecycle)],
  };
  // Kibana's rules name data views and connectors by id, and refuse one that is not there.
  const views = dataViewObjects(indices);
  const connectors = connectorObjects();
  const after = [...connectors, ...views].map(idOf);
  const rules = Object.entries(alertInputs(indices, alerts, documents)).map(
    ([name, inputs]): ElasticObject => ({ type: "KibanaAlertingRule", name, inputs, after }),
  );
  return [lifecycle, template, ...connectors, ...views, ...rules];
}

function dataViewObjects(indices: Indices): ObjectOf<"KibanaDataView">[] {
  return Object.entries(dataViewInputs(indices)).map(([name, inputs]) => ({
    type: "KibanaDataView",
    name,
    inputs,
  }));
}

function connectorObjects(): ObjectOf<"KibanaActionConnector">[] {
  return Object.entries(connectorInputs()).map(([name, inputs]) => ({
    type: "KibanaActionConnector",
    name,
    inputs,
  }));
}
