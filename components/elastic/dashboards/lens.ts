import { kql } from "../../documents/condition";
import type { KibanaDataView } from "../../documents/data-views";
import type { Chart, Group, Metric, Panel, Split } from "../../documents/panel";

type Json = Record<string, unknown>;

/**
 * The `config` of a panel of type `vis` of Kibana's dashboards API: a chart of Kibana's Lens, by the schemas `xyXTerms`,
 * `xyBreakdownFilters`, `pieGroupByTerms`, `datatableRowTerms`, `metricPrimaryCountMetric` and so on of its HTTP API
 * (elastic/kibana 9.4, oas_docs/output/kibana.yaml, "Kibana_HTTP_APIs_..."). What the Elastic provider sends without being
 * told so is sent too: the tests hold the two against each other.
 */
export function lensChart(panel: Panel, dataView: KibanaDataView): Json {
  const common = { title: panel.title, query: query(panel), filters: [] };
  const source = { data_source: dataSource(dataView), ignore_global_filters: false, sampling: 1 };
  const { chart } = panel;
  switch (chart.kind) {
    case "metric":
      return { type: "metric", ...common, ...source, metrics: [primaryMetric(chart)] };
    case "donut":
      return { type: "pie", ...common, ...source, ...donut(chart) };
    case "table":
      return { type: "data_table", ...common, ...source, ...table(chart) };
    case "bars":
    case "timeline":
      return { type: "xy", ...common, ...xyChart(chart, source) };
  }
}

function query({ filter }: Panel) {
  return { language: "kql", expression: kql(filter) };
}

// Within the chart, not by the data view's id: a reference by id needs an entry in a list of references beside the panels.
function dataSource({ title, timeField }: KibanaDataView) {
  return {
    type: "data_view_spec",
    index_pattern: title,
    ...(timeField ? { time_field: timeField } : {}),
  };
}

const WHOLE_NUMBER = { type: "number", compact: false, decimals: 0 };

/** What is the same of a metric in all charts. */
function operation(metric: Metric, emptyAsNull: boolean): Json {
  const { label } = metric;
  switch (metric.operation) {
    case "count":
      return { operation: "count", label, empty_as_null: emptyAsNull, format: WHOLE_NUMBER };
    case "max":
      return {
        operation: "max",
        field: metric.field,
        label,
        ...(metric.of === "number" ? { format: WHOLE_NUMBER } : {}),
      };
    default:
      return {
        operation: metric.operation,
        field: metric.field,
        label,
        empty_as_null: emptyAsNull,
        format: WHOLE_NUMBER,
      };
  }
}

function primaryMetric({ metric, color }: Chart & { kind: "metric" }): Json {
  const shade = color ? { type: "static", color } : { type: "auto" };
  return { type: "primary", ...operation(metric, false), color: shade };
}

function donut({ by, metric }: Chart & { kind: "donut" }): Json {
  return {
    styling: { donut_hole: "m", labels: { position: "outside" }, values: { mode: "percentage" } },
    legend: { size: "auto", visibility: "visible", nested: false },
    metrics: [{ ...operation(metric, false), color: { type: "auto" } }],
    group_by: [{ ...dimension(by), color: colors(by) }],
  };
}

function table({ rows, metrics }: Chart & { kind: "table" }): Json {
  return {
    styling: {
      density: { mode: "compact" },
      paging: 10,
      sort_by: { column_type: "metric", direction: "desc", index: 0 },
    },
    rows: rows.map(dimension),
    metrics: metrics.map((metric) => operation(metric, false)),
  };
}

function xyChart(chart: Chart & { kind: "bars" | "timeline" }, source: Json): Json {
  const { by, stack, metric, kind } = chart;
  const type = kind === "bars" ? "bar_horizontal" : "bar";
  return {
    axis: {
      x: { title: { visible: false } },
      // A bar that does not begin at zero misleads.
      y: { title: { visible: false }, scale: "linear", domain: { type: "full" } },
    },
    styling: { areas: {}, bars: {}, fitting: { type: "none" }, overlays: {}, points: {} },
    legend: { visibility: stack ? "visible" : "hidden", placement: "outside", position: "bottom" },
    layers: [
      {
        type: stack ? `${type}_stacked` : type,
        ...source,
        x: dimension(by),
        ...(stack ? { breakdown_by: { ...dimension(stack), color: colors(stack) } } : {}),
        y: [{ ...operation(metric, true), color: { type: "auto" } }],
      },
    ],
  };
}

function dimension(split: Split): Json {
  const { label } = split;
  switch (split.by) {
    case "terms":
      return {
        operation: "terms",
        fields: [split.field],
        label,
        limit: split.limit,
        rank_by: { type: "metric", metric_index: 0, direction: "desc" },
      };
    case "filters":
      return { operation: "filters", label, filters: split.groups.map(filterWithLabel) };
    case "time":
      return {
        operation: "date_histogram",
        field: split.field,
        label,
        suggested_interval: "auto",
        use_original_time_range: false,
        include_empty_rows: true,
        drop_partial_intervals: false,
      };
  }
}

function filterWithLabel({ label, conditions }: Group) {
  return { label, filter: { language: "kql", expression: kql(conditions) } };
}

/** `categoricalColorMapping`: colors of our own where groups have them, the palette's for all else. */
function colors(split: Split): Json {
  const groups = split.by === "filters" ? split.groups : [];
  return {
    mode: "categorical",
    palette: "default",
    mapping: groups.flatMap(({ label, color }) =>
      color ? [{ values: [label], color: { type: "color_code", value: color } }] : [],
    ),
    unassigned: { type: "color_code", value: "#98A2B3" },
  };
}
