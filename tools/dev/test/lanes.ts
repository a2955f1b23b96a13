import type { Rung } from "./rungs";

/** A rung, and those that run beside it one after the other. */
export interface Lanes {
  rung: Rung;
  beside: Rung[];
}

/** The rungs in their order; each that goes beside another is with it where both are run, else in its own place. */
export function inLanes(rungs: readonly Rung[]): Lanes[] {
  const isBeside = (rung: Rung) => rungs.some(({ name }) => name === rung.beside);
  return rungs
    .filter((rung) => !isBeside(rung))
    .map((rung) => ({ rung, beside: rungs.filter(({ beside }) => beside === rung.name) }));
}
