import { dataViews } from "../../documents/data-views";
import { COLUMNS, type Dashboard, LINKS_HEIGHT, placed } from "../../documents/panel";
import type { Indices } from "../../documents/store";
import { lensChart } from "./lens";

/** Arguments of `elasticstack.KibanaDashboard` for each dashboard, by its id, for the index names of the config. */
export function dashboardInputs(indices: Indices, dashboards: readonly Dashboard[]) {
  return Object.fromEntries(
    dashboards.map((dashboard) => [dashboard.id, inputsOf(dashboard, dashboards, indices)]),
  );
}

function inputsOf(dashboard: Dashboard, all: readonly Dashboard[], indices: Indices) {
  const views = dataViews(indices);
  const panels = placed(dashboard).map(({ panel, place }) => ({
    type: "vis",
    grid: { ...place },
    visConfig: { byValue: lensChart(panel, views[panel.dataView]) },
  }));
  return {
    dashboardId: dashboard.id,
    title: dashboard.title,
    description: dashboard.description,
    timeRange: { from: dashboard.from, to: "now" },
    refreshInterval: { pause: false, value: 60_000 },
    query: { language: "kql", text: "" },
    options: {
      useMargins: true,
      syncColors: true,
      syncCursor: true,
      syncTooltips: false,
      autoApplyFilters: true,
      hidePanelTitles: false,
      hidePanelBorders: false,
    },
    panels: [linksPanel(dashboard, all), ...panels],
  };
}

/** Links to the other dashboards, which need no saved object of their own. */
function linksPanel(dashboard: Dashboard, all: readonly Dashboard[]) {
  const links = all.map(({ id, title }) =>
    id === dashboard.id ? `**${title}**` : `[${title}](#/view/${id})`,
  );
  return {
    type: "markdown",
    grid: { x: 0, y: 0, w: COLUMNS, h: LINKS_HEIGHT },
    markdownConfig: {
      byValue: {
        content: links.join(" &nbsp;|&nbsp; "),
        settings: { openLinksInNewTab: false },
        hideTitle: true,
      },
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
