import type { AlertsConfig } from "../core/config/alerts-schema";
import { alerts } from "../core/plan/alert-rules";
import type { Alert, Matching, Silence } from "../documents/alerts";
import { filterClauses, kql } from "../documents/condition";
import { dataViews } from "../documents/data-views";
import type { ToolDocuments } from "../documents/documents";
import { SEVERITY_NAMES } from "../documents/severities";
import { ALERTS_INDEX, type Indices } from "../documents/store";
import type { Inputs } from "./objects/object";

type Json = Record<string, unknown>;

/** Groups that a rule looks at; an alert each at most (Kibana's own limit is 1000 alerts a run). */
const MOST_GROUPS = 500;

// The provider wants a UUID of version 1 or 4 (its docs/resources/kibana_action_connector.md).
const INDEX_CONNECTOR = "6c1f4a52-7d0b-4b0e-9a55-0f3f5d0c8a01";
const LOG_CONNECTOR = "6c1f4a52-7d0b-4b0e-9a55-0f3f5d0c8a02";

/** Arguments of `elasticstack.KibanaActionConnector` by name: both types work with the basic license. */
export function connectorInputs(): Record<string, Inputs["KibanaActionConnector"] & { connectorId: string }> {
  return {
    index: {
      connectorId: INDEX_CONNECTOR,
      name: "Security: index of alerts",
      connectorTypeId: ".index",
      config: JSON.stringify({ index: ALERTS_INDEX, refresh: false, executionTimeField: "@timestamp" }),
    },
    log: { connectorId: LOG_CONNECTOR, name: "Security: Kibana's log", connectorTypeId: ".server-log" },
  };
}

/** Arguments of `elasticstack.KibanaAlertingRule` for each alert, by its id. */
export function alertInputs(
  indices: Indices,
  config: AlertsConfig,
  documents: readonly ToolDocuments[],
): Record<string, AlertInputs> {
  return Object.fromEntries(
    alerts(indices, config, documents).map((alert) => [alert.id, inputsOf(alert, indices, config)]),
  );
}

export interface AlertInputs {
  ruleId: string;
  name: string;
  consumer: string;
  ruleTypeId: string;
  interval: string;
  enabled: boolean;
  tags: string[];
  params: string;
  actions: Action[];
}

type Action = NonNullable<Inputs["KibanaAlertingRule"]["actions"]>[number];

function inputsOf(alert: Alert, indices: Indices, config: AlertsConfig): AlertInputs {
  const { id, name, when, severity } = alert;
  const type = when.kind === "matching" ? matching(when) : silence(when, indices);
  const { ruleTypeId, params, actionGroups } = type;
  return {
    ...{
      ruleId: id,
      name,
      consumer: "alerts",
      ruleTypeId,
      interval: config.interval,
      enabled: config.enabled,
    },
    tags: ["security", SEVERITY_NAMES[severity]],
    params: JSON.stringify(params),
    actions: actionGroups.flatMap((group) => actions(alert, group, type.reason, config)),
  };
}

interface RuleType {
  ruleTypeId: string;
  params: Json;
  /** On which an action is taken. */
  actionGroups: string[];
  /** Kibana's variable that says in words what was found. */
  reason: string;
}

/**
 * "Elasticsearch query" (elastic/kibana, x-pack/platform/plugins/shared/stack_alerts/server/rule_types/es_query;
 * its parameters are the schema `es_query_create_rule_body_alerting` of Kibana's HTTP API). Kibana adds the window
 * and the groups to the query. Matches of an earlier run are not left out: Kibana tells them by time, and a document
 * that arrives late would be one.
 */
function matching({ index, filter, timeField, minutes, atLeast, groupBy }: Matching): RuleType {
  return {
    ruleTypeId: ".es-query",
    params: {
      searchType: "esQuery",
      esQuery: JSON.stringify({ query: { bool: { filter: filterClauses(filter) } } }),
      index: [index],
      timeField,
      timeWindowSize: minutes,
      timeWindowUnit: "m",
      aggType: "count",
      groupBy: "top",
      termField: groupBy.length === 1 ? groupBy[0] : groupBy,
      termSize: MOST_GROUPS,
      thresholdComparator: ">=",
      threshold: [atLeast],
      size: 10,
      excludeHitsFromPreviousRun: false,
    },
    actionGroups: ["query matched"],
    reason: "{{context.message}}",
  };
}

/**
 * "Custom threshold" with "alert me if a group stops reporting data", which remembers the groups of earlier runs: no
 * query alone can tell who is missing (elastic/kibana, x-pack/solutions/observability/plugins/observability/server/lib/
 * rules/custom_threshold; minimum license basic). Its threshold never fires: a group that is there has a document.
 */
function silence({ index, filter, minutes, groupBy }: Silence, indices: Indices): RuleType {
  const views = dataViews(indices);
  const view = Object.values(views).find(({ title }) => title === index) ?? views.arrivals;
  return {
    ruleTypeId: "observability.rules.custom_threshold",
    params: {
      criteria: [
        {
          comparator: "<",
          threshold: [1],
          timeSize: minutes,
          timeUnit: "m",
          metrics: [{ name: "A", aggType: "count" }],
        },
      ],
      groupBy: [groupBy],
      alertOnNoData: false,
      alertOnGroupDisappear: true,
      searchConfiguration: {
        index: view.id,
        query: { language: "kuery", query: kql(filter) },
      },
    },
    actionGroups: ["custom_threshold.nodata", "custom_threshold.fired"],
    reason: "{{context.reason}}",
  };
}

/** Once when an alert begins: what goes on is in Kibana's list of alerts. */
function actions({ severity, fix }: Alert, group: string, reason: string, config: AlertsConfig): Action[] {
  const frequency = { notifyWhen: "onActionGroupChange", summary: false };
  const document = {
    event: { kind: "alert", severity, action: "{{alert.actionGroup}}" },
    rule: { id: "{{rule.id}}", name: "{{rule.name}}" },
    alert: { id: "{{alert.id}}", uuid: "{{alert.uuid}}" },
    message: reason,
    fix,
    url: "{{{rule.url}}}",
  };
  const sent: { id: string; params: Json }[] = [
    { id: INDEX_CONNECTOR, params: { documents: [document] } },
    {
      id: LOG_CONNECTOR,
      params: { level: severity >= 4 ? "error" : "warn", message: `{{rule.name}}: {{alert.id}}. ${fix}` },
    },
    ...config.connectors,
  ];
  return sent.map(({ id, params }) => ({ id, group, params: JSON.stringify(params), frequency }));
}

const KEYWORD = { type: "keyword", ignore_above: 8191 };

/** Index template of {@link ALERTS_INDEX}, of the same shape as those of the other indices. */
export function alertsTemplate() {
  return {
    name: ALERTS_INDEX,
    body: {
      index_patterns: [ALERTS_INDEX, `${ALERTS_INDEX}-*`],
      priority: 200,
      template: {
        settings: { number_of_shards: 1, "mapping.ignore_malformed": true },
        mappings: {
          dynamic: false,
          properties: {
            "@timestamp": { type: "date" },
            message: { type: "text" },
            event: { properties: { kind: KEYWORD, severity: { type: "integer" }, action: KEYWORD } },
            rule: { properties: { id: KEYWORD, name: KEYWORD } },
            alert: { properties: { id: KEYWORD, uuid: KEYWORD } },
            fix: { type: "text" },
            url: KEYWORD,
          },
        },
      },
    },
  };
}
