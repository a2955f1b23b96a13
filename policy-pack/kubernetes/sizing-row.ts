import { SIZING, type SizingRow } from "../../components/core/tables/sizing";
import { labelsOf } from "./object";
import type { Pods } from "./pod-templates";

/** The label whose value, in camel case, is the name of a row of the sizing table. */
const NAME_LABEL = "app.kubernetes.io/name";

/** The row of the sizing table for these pods, if they are in it. */
export function rowOf(pods: Pods): (SizingRow & { name: string }) | undefined {
  const label = pods.labels[NAME_LABEL] ?? labelsOf(pods.owner)[NAME_LABEL] ?? "";
  const name = label.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const row = Object.hasOwn(SIZING, name) ? SIZING[name] : undefined;
  return row && { ...row, name };
}
