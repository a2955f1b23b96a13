import type { AlertsConfig } from "../../config/alerts";
import type { Objects } from "../../config/elasticsearch";
import type { Indices } from "../../store";
import { alertInputs, alertsTemplate, connectorInputs } from "../alert-inputs";
import { dashboardInputs, dataViewInputs } from "../dashboards/build";
import { lifecyclePolicy } from "./lifecycle";
import { type ElasticObject, type ElasticType, idOf } from "./object";

/** What people look at: data views and dashboards. */
export function dashboards(indices: Indices, { dashboards: wanted }: Objects): ElasticObject[] {
  if (!wanted) return [];
  const views = all("KibanaDataView", dataViewInputs(indices));
  return [...views, ...all("KibanaDashboard", dashboardInputs(indices), views)];
}

/** Alert rules, the connectors that they speak through, and the index that they write to. */
export function alertRules(
  indices: Indices,
  alerts: AlertsConfig,
  { replicas, retentionDays }: { replicas: number; retentionDays: number },
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
  const views = all("KibanaDataView", dataViewInputs(indices));
  const connectors = all("KibanaActionConnector", connectorInputs());
  const rules = all("KibanaAlertingRule", { ...alertInputs(indices, alerts) }, [...connectors, ...views]);
  return [lifecycle, template, ...connectors, ...views, ...rules];
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
