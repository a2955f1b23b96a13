import { type Html, html } from "./html";
import type { Report } from "./report";

const BAR = 20;
const LEFT = 300;
const WIDTH = 620;

/** Bars of how long each expectation took from the attack to the document, as SVG, with the figures as text. */
export function latencyPlot({ scenarios }: Report): Html {
  const bars = scenarios.flatMap(({ id, expectations }) =>
    expectations.flatMap(({ tool, latencySeconds }) =>
      latencySeconds === undefined ? [] : [{ name: `${id}, ${tool}`, seconds: latencySeconds }],
    ),
  );
  if (bars.length === 0) return html`<p>Nothing was found, so there is no time to show.</p>`;
  const longest = Math.max(1, ...bars.map(({ seconds }) => seconds));
  const height = bars.length * BAR + 10;
  const rows = bars.map(({ name, seconds }, i) => {
    const length = Math.max(1, (seconds / longest) * (WIDTH - 60));
    const y = i * BAR;
    return html`<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${name}</text>
<rect class="bar" x="${LEFT}" y="${y + 3}" width="${length.toFixed(1)}" height="${BAR - 7}"></rect>
<text x="${LEFT + length + 6}" y="${y + 14}">${seconds.toFixed(2)} s</text>`;
  });
  const label = `Seconds from attack to document: ${bars.map(({ name, seconds }) => `${name} ${seconds}`).join("; ")}`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Plot of detection times">
<svg role="img" aria-label="${label}" viewBox="0 0 ${LEFT + WIDTH} ${height}" width="100%">
<line class="axis" x1="${LEFT}" y1="0" x2="${LEFT}" y2="${height}"></line>${rows}</svg></div>`;
}
