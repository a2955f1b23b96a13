import type { Scenario } from "../../../scenarios/model/scenario-schema";
import type { Sample } from "../../../scenarios/samples/samples";

const HOUR = 3_600_000;
/** Between the lines of one sensor: they have an order, and attacks take a while. */
const STEP_MS = 200;

/** A line of a sensor's log, and where it goes. */
export interface Line {
  tool: string;
  file: string;
  line: string;
}

/** When the attack of each scenario began: an hour apart, so that no rule sees two of them together, and none at a full hour. */
export function beginnings(scenarios: readonly Scenario[], now: Date): Map<string, number> {
  const last = Math.floor(now.getTime() / HOUR) * HOUR - HOUR + 600_000;
  return new Map(scenarios.map(({ id }, i) => [id, last - (scenarios.length - 1 - i) * HOUR]));
}

/** Until the next attack, and within the hour of the clock. */
export function endOf(beginning: number): number {
  return beginning + HOUR / 2;
}

/** What the sensors write of an attack that begins at a time. */
export function linesFrom(samples: readonly Sample[], beginning: number): Line[] {
  const written = new Map<string, number>();
  return samples.map(({ tool, file, line }) => {
    const place = written.get(tool) ?? 0;
    written.set(tool, place + 1);
    return { tool, file, line: line(new Date(beginning + place * STEP_MS)) };
  });
}
