import {
  COLUMNS,
  type Dashboard,
  LINKS_HEIGHT,
  type Panel,
  placed,
} from "../../../components/documents/panel";
import type { Figures } from "../../../components/elastic/dashboards/query";
import { escapeText } from "../../../scenarios/report/html";
import { drawChart } from "./draw";

/** Pixels of the picture, of a column and of a row of Kibana's grid (both about as Kibana has them). */
export const WIDTH = 1200;
const COLUMN = WIDTH / COLUMNS;
const ROW = 20;
const GAP = 8;
const TITLE = 30;

const STYLE = `
*{box-sizing:border-box;margin:0}
body{width:${WIDTH}px;background:#eef1f6;color:#1f2a3d;font:12px/1.35 "DejaVu Sans",Arial,sans-serif}
header{padding:14px ${GAP}px 0;height:64px}h1{font-size:17px}header p{color:#5b6577}
main{position:relative}
section{position:absolute;background:#fff;border:1px solid #d6dce6;border-radius:6px;padding:7px 10px;overflow:hidden}
h2{font-size:12px;height:${TITLE - 8}px}
.links span{margin-right:18px;color:#2f6ba3}.links b{margin-right:18px}
.metric{text-align:right}.metric b{display:block;font-size:34px;line-height:1.15}.metric span{color:#5b6577}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin-top:4px}
.legend i{display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:5px}
.donut{display:flex;align-items:center;gap:18px}.donut .legend{flex-direction:column}.donut svg{flex:none}
.bar{display:flex;align-items:center}.bar em{font-style:normal;text-align:right;padding-right:8px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;flex:none}
.bar i{height:70%;flex:none}.bar b{padding-left:6px;font-weight:normal}
.time text{font-size:10px;fill:#5b6577}.time line{stroke:#e5e9f0}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:3px 8px;border-bottom:1px solid #e8ecf2;white-space:nowrap;max-width:330px;overflow:hidden;text-overflow:ellipsis}th{color:#5b6577}
footer{color:#5b6577;padding:6px ${GAP}px 10px}`;

/** The dashboard as a page: each panel where it is in Kibana, with the figures that its query gave. */
export function dashboardPage(
  dashboard: Dashboard,
  titles: readonly string[],
  figures: ReadonlyMap<Panel, readonly Figures[]>,
): string {
  const panels = placed(dashboard);
  const height = Math.max(...panels.map(({ place }) => place.y + place.h)) * ROW;
  const boxes = panels.map(({ panel, place }) => {
    const width = place.w * COLUMN - GAP;
    const tall = place.h * ROW - GAP;
    const drawn = drawChart(panel, figures.get(panel)!, width - 22, tall - TITLE - 12);
    return `<section style="left:${place.x * COLUMN + GAP / 2}px;top:${place.y * ROW}px;width:${width}px;height:${tall}px"><h2>${escapeText(panel.title)}</h2>${drawn}</section>`;
  });
  const links = titles.map((title) =>
    title === dashboard.title ? `<b>${escapeText(title)}</b>` : `<span>${escapeText(title)}</span>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>${escapeText(dashboard.title)}</title><style>${STYLE}</style>
<header><h1>${escapeText(dashboard.title)}</h1><p>${escapeText(dashboard.description)}</p></header>
<main style="height:${height}px"><section class="links" style="left:${GAP / 2}px;top:0;width:${WIDTH - GAP}px;height:${LINKS_HEIGHT * ROW - GAP}px;padding-top:16px">${links.join("")}</section>${boxes.join("")}</main>
<footer>Drawn from the dashboard's definitions with figures of sample events in a real Elasticsearch. Not a Kibana screenshot.</footer>`;
}
