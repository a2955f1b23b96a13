import { SEVERITY_NAMES } from "../../components/documents/severities";
import type { ChainStep, FoundChain } from "../check/found-chain";
import { withName } from "../model/technique-names";
import { type Html, html } from "./html";
import type { Report } from "./report";

/** A chain of a run, and the scenario that left it. */
export interface ShownChain {
  scenario: string;
  rule: string;
  chain: FoundChain;
}

/** All that were found, in the order of the scenarios. */
export function shownChains({ scenarios }: Pick<Report, "scenarios">): ShownChain[] {
  return scenarios.flatMap(({ id, expectations }) =>
    expectations.flatMap(({ rule, chain }) => (rule && chain ? [{ scenario: id, rule, chain }] : [])),
  );
}

/** Seconds from the first event of the chain to each: "+0.40 s". */
export function offsets({ steps }: FoundChain): string[] {
  return seconds(steps).map((one) => `+${one.toFixed(2)} s`);
}

/** "4, high" */
export function severityOf({ severity }: FoundChain): string {
  const words: Readonly<Record<number, string>> = SEVERITY_NAMES;
  return [String(severity), words[severity]].filter(Boolean).join(", ");
}

/** What an event is about: what ran, or the rule that says so. */
export function subjectOf({ process, rule }: ChainStep): string {
  return [rule, process].filter(Boolean).join(": ");
}

const ROW = 40;
const TOP = 8;
const AXIS = { left: 130, right: 430, height: 34 };
const TEXT = 450;
const WIDTH = 960;
/** What fits beside the axis in a row, bold and not. */
const MOST_CHARACTERS = { bold: 68, plain: 78 };

/** Each chain as a picture: an event a row, its place on the axis being when it happened. */
export function timelines(report: Report): Html {
  const shown = shownChains(report);
  if (shown.length === 0) return html`<p>No chain of events was found.</p>`;
  return html`${shown.map(
    ({ scenario, rule, chain }, i) => html`<figure>
<figcaption><b>${chain.title}</b>: ${scenario}
<br><span class="soft">rule ${rule}, severity ${severityOf(chain)}; ${chain.key.join(", ")}${chain.evidence.length > 0 ? `; ${chain.evidence.join(", ")}` : ""}
<br>${chain.techniques.map(withName).join(", ")}</span></figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="Timeline: ${rule} of ${scenario}">${picture(chain, i)}</div>
<p>${chain.fix}</p></figure>`,
  )}`;
}

/** @param number of the picture on the page, for the ids in it */
function picture(chain: FoundChain, number: number): Html {
  const { steps } = chain;
  const bottom = TOP + steps.length * ROW;
  const times = seconds(steps);
  const longest = Math.max(...times, 0);
  const x = (time: number) => AXIS.left + (longest > 0 ? (time / longest) * (AXIS.right - AXIS.left) : 0);
  const y = (i: number) => TOP + i * ROW + ROW / 2;
  const points = times.map((time, i) => `${x(time).toFixed(1)},${y(i)}`).join(" ");
  const labels = offsets(chain);
  const ids = { title: `chain-${number}`, text: `chain-${number}-text` };
  return html`<svg role="img" aria-labelledby="${ids.title} ${ids.text}" viewBox="0 0 ${WIDTH} ${bottom + AXIS.height}" width="100%">
<title id="${ids.title}">${chain.title}, ${steps.length} of ${chain.count} events</title>
<desc id="${ids.text}">${steps.map((step, i) => `${labels[i]}: ${inWords(step)}`).join("; ")}</desc>
<line class="axis" x1="${AXIS.left}" y1="${TOP}" x2="${AXIS.left}" y2="${bottom}"></line>
<line class="axis" x1="${AXIS.left}" y1="${bottom}" x2="${AXIS.right}" y2="${bottom}"></line>
<polyline class="path" points="${points}"></polyline>
${steps.map((step, i) => row(step, labels[i]!, x(times[i]!), y(i)))}
${ticks(longest, x, bottom)}</svg>`;
}

function row(step: ChainStep, label: string, x: number, y: number): Html {
  const techniques = step.techniques.map(withName).join(", ");
  const heading = clip([step.step, techniques].filter(Boolean).join(" · "), MOST_CHARACTERS.bold);
  const subject = clip([subjectOf(step), step.pod].filter(Boolean).join(" in "), MOST_CHARACTERS.plain);
  return html`<text x="${AXIS.left - 12}" y="${y - 3}" text-anchor="end" class="strong">${clip(step.tool, 16)}</text>
<text x="${AXIS.left - 12}" y="${y + 12}" text-anchor="end" class="faint">${label}</text>
<line class="guide" x1="${x.toFixed(1)}" y1="${y}" x2="${TEXT - 8}" y2="${y}"></line>
<circle class="event" cx="${x.toFixed(1)}" cy="${y}" r="5"></circle>
<text x="${TEXT}" y="${y - 3}" class="strong">${heading}</text>
<text x="${TEXT}" y="${y + 12}" class="faint">${subject}</text>`;
}

/** The beginning and, where there is one, the end. */
function ticks(longest: number, x: (time: number) => number, bottom: number): Html[] {
  return (longest > 0 ? [0, longest] : [0]).map(
    (time) =>
      html`<text x="${x(time).toFixed(1)}" y="${bottom + 18}" text-anchor="middle" class="faint">${time.toFixed(2)} s</text>`,
  );
}

function inWords(step: ChainStep): string {
  const techniques = step.techniques.map(withName).join(", ");
  return [step.tool, step.step, techniques, subjectOf(step), step.pod].filter(Boolean).join(", ");
}

/** From the first event; what has no time that can be read is taken for that of the first. */
function seconds(steps: readonly ChainStep[]): number[] {
  const times = steps.map(({ time }) => Date.parse(time));
  const first = Math.min(...times.filter(Number.isFinite));
  return times.map((time) => (Number.isFinite(time) ? (time - first) / 1000 : 0));
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
