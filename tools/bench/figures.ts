import pc from "picocolors";
import { newTable } from "../dev/table";
import { type Ratio, tell } from "./in-turn";

/** One figure: what it must be, what it is. */
export interface Figure {
  name: string;
  value: string;
  /** Empty where it is only shown. */
  bound: string;
  held: boolean;
}

/** Lines per second against a baseline in the same run. @param least Left out, it is only shown. */
export function ratio(name: string, measured: Ratio, least?: number): Figure {
  return {
    name,
    value: `${measured.ratio.toFixed(2)} (${tell(measured)})`,
    bound: least === undefined ? "" : `>= ${least}`,
    held: least === undefined || measured.ratio >= least,
  };
}

/** Prints the figures. @returns whether all hold */
export function report(title: string, figures: readonly Figure[]): boolean {
  const table = newTable([title, "measured", "bound", ""]);
  for (const { name, value, bound, held } of figures)
    table.push([name, value, bound, bound === "" ? "" : held ? "held" : pc.red("NOT HELD")]);
  console.log(table.toString());
  return figures.every(({ held }) => held);
}
