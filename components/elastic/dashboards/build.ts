import { dataViews } from "../../documents/data-views";
import { COLUMNS, type Dashboard, LINKS_HEIGHT, type Place, placed } from "../../documents/panel";
import type { Indices } from "../../documents/store";
import { lensChart } from "./lens";

/** A dashboard as Kibana's dashboards API takes it. */
export interface KibanaDashboardInputs {
  dashboardId: string;
  /** Of `PUT /api/dashboards/{id}` (elastic/kibana 9.4, oas_docs/output/kibana.yaml). */
  body: KibanaDashboardBody;
}

export interface KibanaDashboardBody {
  title: string;
  description: string;
  time_range: { from: string; to: string };
  refresh_interval: { pause: boolean; value: number };
  query: { language: "kql"; expression: string };
  options: Record<string, boolean>;
  panels: KibanaPanel[];
}

export interface KibanaPanel {
  type: "vis" | "markdown";
  grid: Place;
  config: Record<string, unknown>;
}

/** Each dashboard by its id, for the index names of the config. */
export function dashboardInputs(
  indices: Indices,
  dashboards: readonly Dashboard[],
): Record<string, KibanaDashboardInputs> {
  return Object.fromEntries(
    dashboards.map((dashboard) => [
      dashboard.id,
      { dashboardId: dashboard.id, body: bodyOf(dashboard, dashboards, indices) },
    ]),
  );
}

function bodyOf(dashboard: Dashboard, all: readonly Dashboard[], indices: Indices): KibanaDashboardBody {
  const views = dataViews(indices);
  const panels = placed(dashboard).map(
    ({ panel, place }): KibanaPanel => ({
      type: "vis",
      grid: { ...place },
      config: lensChart(panel, views[panel.dataView]),
    }),
  );
  return {
    title: dashboard.title,
    description: dashboard.description,
    time_range: { from: dashboard.from, to: "now" },
    refresh_interval: { pause: false, value: 60_000 },
    query: { language: "kql", expression: "" },
    options: {
      use_margins: true,
      sync_colors: true,
      sync_cursor: true,
      sync_tooltips: false,
      auto_apply_filters: true,
      hide_panel_titles: false,
      hide_panel_borders: false,
    },
    panels: [linksPanel(dashboard, all), ...panels],
  };
}

/** Links to the other dashboards, which need no saved object of their own. */
function linksPanel(dashboard: Dashboard, all: readonly Dashboard[]): KibanaPanel {
  const links = all.map(({ id, title }) =>
    id === dashboard.id ? `**${title}**` : `[${title}](#/view/${id})`,
  );
  return {
    type: "markdown",
    grid: { x: 0, y: 0, w: COLUMNS, h: LINKS_HEIGHT },
    config: {
      content: links.join(" &nbsp;|&nbsp; "),
      settings: { open_links_in_new_tab: false },
      hide_title: true,
    },
  };
}

/** Arguments of `elasticstack.KibanaDataView` for each data view, by its id. */
export function dataViewInputs(indices: Indices) {
  return Object.fromEntries(
    Object.values(dataViews(indices)).map(({ id, name, title, timeField }) => [
      id,
      {
        dataView: {
          id,
          name,
          title,
          // The data view may be there before the first document.
          allowNoIndex: true,
          ...(timeField ? { timeFieldName: timeField } : {}),
        },
        override: true,
      },
    ]),
  );
}
