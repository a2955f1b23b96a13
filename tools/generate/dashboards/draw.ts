import type { Group, Panel, Split } from "../../../components/documents/panel";
import { metricsOf, splitsOf } from "../../../components/documents/panel";
import type { Figures } from "../../../components/elastic/dashboards/query";
import { escapeText } from "../../../scenarios/report/html";

const PALETTE = ["#3f7fb5", "#54a88e", "#c9803d", "#8f6bb3", "#b8557f", "#7a8b4f", "#5f6f86", "#c2a14a"];

/** A panel's figures as HTML: what Kibana's chart of that kind would show of them. */
export function drawChart(panel: Panel, figures: readonly Figures[], width: number, height: number): string {
  const { chart } = panel;
  switch (chart.kind) {
    case "metric":
      return metric(figures[0]!.values[0]!, chart.metric.label, chart.color);
    case "donut":
      return donut(series(chart.by, figures, 0), height);
    case "bars":
      return bars(figures, chart.by, chart.stack, width, height);
    case "timeline":
      return timeline(figures, chart.stack, width, height);
    case "table":
      return table(panel, figures);
  }
}

interface Part {
  label: string;
  color: string;
  value: number;
}

const number = (value: number) => value.toLocaleString("en-US");

/** The groups of one split with their sums, in the order of the split or by size. */
function series(split: Split, figures: readonly Figures[], position: number): Part[] {
  const sums = new Map<string, number>();
  for (const { keys, values } of figures) {
    const label = String(keys[position]);
    sums.set(label, (sums.get(label) ?? 0) + values[0]!);
  }
  const groups: readonly Group[] = split.by === "filters" ? split.groups : [];
  const labels =
    groups.length > 0 ? groups.map(({ label }) => label).filter((one) => sums.has(one)) : [...sums.keys()];
  return labels.map((label, i) => ({
    label,
    color: groups.find((group) => group.label === label)?.color ?? PALETTE[i % PALETTE.length]!,
    value: sums.get(label)!,
  }));
}

function metric(value: number, label: string, color = "#1f2a3d"): string {
  return `<div class="metric"><b style="color:${color}">${number(value)}</b><span>${escapeText(label)}</span></div>`;
}

function legend(parts: readonly Part[], withValues: boolean): string {
  const items = parts.map(
    ({ label, color, value }) =>
      `<span><i style="background:${color}"></i>${escapeText(label)}${withValues ? ` <b>${number(value)}</b>` : ""}</span>`,
  );
  return `<div class="legend">${items.join("")}</div>`;
}

function donut(parts: readonly Part[], height: number): string {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  const size = Math.min(190, height);
  let before = 0;
  const arcs = parts.map(({ color, value }) => {
    const arc = `<circle r="15.9155" cx="21" cy="21" fill="none" stroke="${color}" stroke-width="9" stroke-dasharray="${(value / total) * 100} ${100 - (value / total) * 100}" stroke-dashoffset="${25 - before}"/>`;
    before += (value / total) * 100;
    return arc;
  });
  return `<div class="donut"><svg width="${size}" height="${size}" viewBox="0 0 42 42">${arcs.join("")}</svg>${legend(parts, true)}</div>`;
}

function bars(
  figures: readonly Figures[],
  by: Split,
  stack: Split | undefined,
  width: number,
  height: number,
): string {
  const stacks = stack ? series(stack, figures, 1) : [];
  const all = series(by, figures, 0);
  const step = Math.min(26, (height - (stack ? 26 : 0)) / all.length);
  const most = Math.max(...all.map(({ value }) => value));
  const named = Math.min(230, Math.round(width * 0.33));
  const room = width - named - 50;
  const lines = all.map(({ label, value, color }) => {
    const own = stack
      ? stacks.map((part) => ({
          color: part.color,
          value: sumOf(
            figures.filter(({ keys }) => String(keys[0]) === label && String(keys[1]) === part.label),
          ),
        }))
      : [{ color: by.by === "filters" ? color : PALETTE[0]!, value }];
    const boxes = own.map(
      (part) => `<i style="width:${(part.value / most) * room}px;background:${part.color}"></i>`,
    );
    return `<div class="bar" style="height:${step}px"><em style="width:${named}px">${escapeText(label)}</em>${boxes.join("")}<b>${number(value)}</b></div>`;
  });
  return `<div class="bars">${lines.join("")}</div>${stack ? legend(stacks, false) : ""}`;
}

function sumOf(figures: readonly Figures[]): number {
  return figures.reduce((sum, { values }) => sum + values[0]!, 0);
}

function timeline(
  figures: readonly Figures[],
  stack: Split | undefined,
  width: number,
  height: number,
): string {
  const stacks = stack ? series(stack, figures, 1) : [];
  const times = [...new Set(figures.map(({ keys }) => String(keys[0])))].sort();
  const totals = times.map((time) => sumOf(figures.filter(({ keys }) => keys[0] === time)));
  const most = Math.max(...totals);
  const room = height - 48;
  const step = Math.min(60, (width - 40) / times.length);
  const columns = times.map((time, i) => {
    let y = room;
    const boxes = stacks.map(({ label, color }) => {
      const tall =
        (sumOf(figures.filter(({ keys }) => keys[0] === time && String(keys[1]) === label)) / most) * room;
      y -= tall;
      return `<rect x="${36 + i * step}" y="${y}" width="${step - 3}" height="${tall}" fill="${color}"/>`;
    });
    const every = Math.ceil(times.length / 12);
    const text =
      i % every === 0 ? `<text x="${36 + i * step}" y="${room + 14}">${time.slice(11, 16)}</text>` : "";
    return boxes.join("") + text;
  });
  const axis = [0, 0.5, 1].map(
    (part) =>
      `<line x1="34" x2="${width}" y1="${room * (1 - part) + 0.5}" y2="${room * (1 - part) + 0.5}"/><text x="30" y="${Math.max(9, room * (1 - part) + 4)}" text-anchor="end">${number(Math.round(most * part))}</text>`,
  );
  return `<svg class="time" width="${width}" height="${room + 20}">${axis.join("")}${columns.join("")}</svg>${legend(stacks, false)}`;
}

function table(panel: Panel, figures: readonly Figures[]): string {
  const metrics = metricsOf(panel.chart);
  const heads = [...splitsOf(panel.chart), ...metrics].map(({ label }) => `<th>${escapeText(label)}</th>`);
  const byFirst = [...figures].sort((one, other) => other.values[0]! - one.values[0]!).slice(0, 9);
  const rows = byFirst.map(({ keys, values }) => {
    const cells = values.map((value, i) => {
      const one = metrics[i]!;
      const isTime = (one.operation === "max" || one.operation === "min") && one.of === "time";
      return isTime ? new Date(value).toISOString().slice(0, 19).replace("T", " ") : number(value);
    });
    return `<tr>${[...keys, ...cells].map((cell) => `<td>${escapeText(String(cell))}</td>`).join("")}</tr>`;
  });
  return `<table><tr>${heads.join("")}</tr>${rows.join("")}</table>`;
}
