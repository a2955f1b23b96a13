import type { AlertsConfig } from "../../core/config/alerts-schema";
import type { Objects } from "../../core/config/elasticsearch-schema";
import type { RegistryFacts } from "../../core/contract/context";
import type { ToolDocuments } from "../../documents/documents";
import type { Indices } from "../../documents/store";
import { alertInputs, alertsTemplate, connectorInputs } from "../alert-inputs";
import { allDashboards } from "../dashboards/all-dashboards";
import { dashboardInputs, dataViewInputs } from "../dashboards/build";
import { type ElasticObject, type ElasticType, idOf } from "./object";

/** What people look at: data views and dashboards. */
export function dashboards(
  indices: Indices,
  { dashboards: wanted }: Objects,
  registry: RegistryFacts,
): ElasticObject[] {
  if (!wanted) return [];
  const views = all("KibanaDataView", dataViewInputs(indices));
  return [...views, ...all("KibanaDashboard", dashboardInputs(indices, allDashboards(registry)), views)];
}

/** Alert rules, the connectors that they speak through, and the index that they write to. */
export function alertRules(
  indices: Indices,
  alerts: AlertsConfig,
  replicas: number,
  documents: readonly ToolDocuments[],
): ElasticObject[] {
  if (!alerts.enabled) return [];
  const { name, body } = alertsTemplate();
  const { settings, mappings } = body.template;
  const template: ElasticObject = {
    type: "ElasticsearchIndexTemplate",
    name,
    inputs: {
      name,
      indexPatterns: body.index_patterns,
      priority: body.priority,
      template: {
        settings: JSON.stringify({ ...settings, number_of_replicas: replicas }),
        mappings: JSON.stringify(mappings),
      },
    },
  };
  // Kibana's rules name data views and connectors by id, and refuse one that is not there.
  const views = all("KibanaDataView", dataViewInputs(indices));
  const connectors = all("KibanaActionConnector", connectorInputs());
  const rules = all("KibanaAlertingRule", { ...alertInputs(indices, alerts, documents) }, [
    ...connectors,
    ...views,
  ]);
  return [template, ...connectors, ...views, ...rules];
}

function all(
  type: ElasticType,
  inputs: Readonly<Record<string, object>>,
  after: readonly ElasticObject[] = [],
): ElasticObject[] {
  return Object.entries(inputs).map(([name, one]) => ({
    type,
    name,
    inputs: { ...one },
    ...(after.length > 0 ? { after: after.map(idOf) } : {}),
  }));
}
