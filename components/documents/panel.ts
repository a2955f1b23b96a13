import type { Condition } from "./condition";
import type { DataViewName } from "./data-views";
import { SEVERITY_NAMES } from "./severities";

/** What is counted or calculated of the documents of a panel, or of each of its groups. */
export type Metric = { label: string } & (
  | { operation: "count" }
  | { operation: "unique_count" | "sum"; field: string }
  /** Of a number or a time. */
  | { operation: "max" | "min"; field: string; of: "number" | "time" }
);

/** How documents are put into groups. */
export type Split = { label: string } & (
  | { by: "terms"; field: string; limit: number }
  | { by: "filters"; groups: readonly Group[] }
  /** Time, in steps that fit the time range that is shown. */
  | { by: "time"; field: string }
);

export interface Group {
  label: string;
  color?: string;
  conditions: readonly Condition[];
}

export type Chart =
  | { kind: "metric"; metric: Metric; color?: string }
  | { kind: "donut"; by: Split; metric: Metric }
  | { kind: "bars"; by: Split; stack?: Split; metric: Metric }
  | { kind: "timeline"; by: Split & { by: "time" }; stack?: Split; metric: Metric }
  | { kind: "table"; rows: readonly Split[]; metrics: readonly Metric[] };

/**
 * A panel of a dashboard: the one definition from which Kibana's panel (`lens.ts`), the query that answers it
 * (`query.ts`) and its place in the picture are made.
 */
export interface Panel {
  title: string;
  /** Of the dashboard's 48 columns. */
  width: number;
  dataView: DataViewName;
  /** All of them hold for what is counted. */
  filter: readonly Condition[];
  chart: Chart;
}

export interface Dashboard {
  /** Place among the dashboards that link to each other, low first. */
  order: number;
  /** Fixed, so that links to it work after it was created again. */
  id: string;
  title: string;
  description: string;
  /** Start of the time range that is shown at first, as date math. */
  from: string;
  rows: readonly Row[];
}

/** A panel that a tool adds to a dashboard of all tools. */
export interface ContributedPanel {
  /** The dashboard's id. */
  dashboard: string;
  /** The {@link Row.slot} that takes it. */
  slot: string;
  /** Place among the panels of the slot, low first; the dashboard's own are at 10, 20 and so on. */
  order: number;
  panel: Panel;
}

/** What makes the panels that a tool adds to one dashboard: where it goes, then the panel. */
export function panelsFor(dashboard: string, dataView: DataViewName) {
  return (
    place: { slot: string; order: number; width: number },
    title: string,
    chart: Chart,
    filter: Panel["filter"] = [],
  ): ContributedPanel => {
    const { width, ...where } = place;
    return { dashboard, ...where, panel: { title, width, dataView, filter, chart } };
  };
}

/** Panels beside each other. */
export interface Row {
  /** A name by which tools add panels to the row. */
  slot?: string;
  /** In rows of Kibana's grid, of which one is about 20 pixels. */
  height: number;
  panels: readonly Panel[];
}

/** Place of a panel in Kibana's grid of 48 columns. */
export interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Columns of Kibana's grid (elastic/kibana, src/platform/plugins/shared/dashboard/common/page_bundle_constants.ts). */
export const COLUMNS = 48;

/** Rows above the panels for the links to the other dashboards. */
export const LINKS_HEIGHT = 3;

/** The dashboard with the panels that tools add to its rows. */
export function withPanels(dashboard: Dashboard, contributed: readonly ContributedPanel[]): Dashboard {
  const rows = dashboard.rows.map((row) => {
    const added = contributed.filter((one) => one.dashboard === dashboard.id && one.slot === row.slot);
    const own = row.panels.map((panel, index) => ({ panel, order: (index + 1) * 10 }));
    const panels = [...own, ...added].sort((a, b) => a.order - b.order).map(({ panel }) => panel);
    return { ...row, panels };
  });
  return { ...dashboard, rows };
}

/** The panels of a dashboard with their places, row by row; a row that is too long goes on below. */
export function placed(dashboard: Dashboard): { panel: Panel; place: Place }[] {
  let y = LINKS_HEIGHT;
  return dashboard.rows.flatMap(({ height, panels }) => {
    let x = 0;
    const row = panels.map((panel) => {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += height;
      }
      const place = { x, y, w: panel.width, h: height };
      x += panel.width;
      return { panel, place };
    });
    y += height;
    return row;
  });
}

/** How the panel's documents are grouped, from the outermost to the innermost. */
export function splitsOf(chart: Chart): readonly Split[] {
  switch (chart.kind) {
    case "metric":
      return [];
    case "donut":
      return [chart.by];
    case "bars":
    case "timeline":
      return chart.stack ? [chart.by, chart.stack] : [chart.by];
    case "table":
      return chart.rows;
  }
}

/** What is shown of each group. */
export function metricsOf(chart: Chart): readonly Metric[] {
  return chart.kind === "table" ? chart.metrics : [chart.metric];
}

export const count = (label: string): Metric => ({ operation: "count", label });

export const unique = (field: string, label: string): Metric => ({ operation: "unique_count", field, label });

/** When there was the last of them. */
export const LAST_SEEN: Metric = { operation: "max", field: "@timestamp", of: "time", label: "Last seen" };

/** When there was the first of them, as far as they are kept. */
export const FIRST_SEEN: Metric = { operation: "min", field: "@timestamp", of: "time", label: "First seen" };

export const terms = (field: string, label: string, limit = 10): Split & { by: "terms" } => ({
  by: "terms",
  field,
  label,
  limit,
});

export const overTime = (field = "@timestamp"): Split & { by: "time" } => ({
  by: "time",
  field,
  label: "Time",
});

const SEVERITY_COLORS: Record<keyof typeof SEVERITY_NAMES, string> = {
  5: "#9b1c1c",
  4: "#e0533d",
  3: "#e8a33d",
  2: "#5b8def",
  1: "#a3adbd",
};

/** The five severities by name, the worst first. */
export const bySeverity: Split & { by: "filters" } = {
  by: "filters",
  label: "Severity",
  groups: ([5, 4, 3, 2, 1] as const).map((level) => ({
    label: SEVERITY_NAMES[level],
    color: SEVERITY_COLORS[level],
    conditions: [{ field: "event.severity", is: level }],
  })),
};
