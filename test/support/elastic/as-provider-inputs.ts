import type { KibanaDashboardInputs, KibanaPanel } from "../../../components/elastic/dashboards/build";

type Json = Record<string, unknown>;

/**
 * The arguments of `elasticstack.KibanaDashboard` by which the Elastic provider makes the same dashboard: it knows what
 * Kibana takes, and refuses what it does not (elastic/terraform-provider-elasticstack v0.16.2,
 * docs/resources/kibana_dashboard.md).
 */
export function asProviderInputs({ dashboardId, body }: KibanaDashboardInputs): Json {
  const { panels, query, ...rest } = body;
  const { language, expression: text } = query;
  return { dashboardId, ...camelCased(rest), query: { language, text }, panels: panels.map(providerPanel) };
}

function providerPanel({ type, grid, config }: KibanaPanel): Json {
  return type === "markdown"
    ? { type, grid, markdownConfig: { byValue: camelCased(config) } }
    : { type, grid, visConfig: { byValue: chart(config as unknown as Config) } };
}

interface Config extends Json {
  type: string;
  title: string;
  query: Json;
  legend: Json;
  styling: Record<string, Json>;
  axis: { x: Json; y: Json };
  layers: Layer[];
  metrics: unknown[];
  rows: unknown[];
  group_by: unknown[];
}

interface Layer extends Json {
  type: string;
  x: unknown;
  y: unknown[];
  breakdown_by?: unknown;
}

function chart(config: Config): Json {
  const { title, query, styling } = config;
  const common = { title, query };
  const metrics = () => config.metrics.map(json);
  switch (config.type) {
    case "metric":
      return { metricChartConfig: { ...common, ...source(config), metrics: metrics() } };
    case "pie": {
      const look = { donutHole: styling["donut_hole"], labelPosition: styling["labels"]?.["position"] };
      const { size, visibility: visible, nested } = config.legend;
      const groups = { groupBies: config.group_by.map(json), legend: { size, visible, nested } };
      return { pieChartConfig: { ...common, ...source(config), ...look, metrics: metrics(), ...groups } };
    }
    case "data_table": {
      const { density, paging, sort_by } = styling;
      const look = { density, paging, sortByJson: JSON.stringify(sort_by) };
      const rows = config.rows.map(json);
      return {
        datatableConfig: {
          noEsql: { ...common, ...source(config), styling: look, rows, metrics: metrics() },
        },
      };
    }
    case "xy":
      return { xyChartConfig: { ...common, ...xy(config) } };
    default:
      throw new Error(`a kind of chart that is not known here: ${config.type}`);
  }
}

function xy({ axis, styling, legend, layers }: Config): Json {
  const { domain, ...y } = axis.y;
  const { placement, ...rest } = legend;
  return {
    axis: { x: axis.x, y: { ...y, domainJson: JSON.stringify(domain) } },
    decorations: {},
    fitting: styling["fitting"],
    legend: { ...rest, inside: placement === "inside" },
    layers: layers.map((layer) => ({
      type: layer.type,
      dataLayer: {
        ...source(layer),
        xJson: JSON.stringify(layer.x),
        ...(layer.breakdown_by ? { breakdownByJson: JSON.stringify(layer.breakdown_by) } : {}),
        ys: layer.y.map(json),
      },
    })),
  };
}

function source({ data_source, ignore_global_filters, sampling }: Json): Json {
  return {
    dataSourceJson: JSON.stringify(data_source),
    ignoreGlobalFilters: ignore_global_filters,
    sampling,
  };
}

function json(value: unknown): Json {
  return { configJson: JSON.stringify(value) };
}

function camelCased(value: Json): Json {
  const entries = Object.entries(value).map(([key, one]) => [
    key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    typeof one === "object" && one !== null && !Array.isArray(one) ? camelCased(one as Json) : one,
  ]);
  return Object.fromEntries(entries);
}
