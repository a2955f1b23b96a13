import type { IntendedChange } from "./intended-changes";

/** A resource that a preview would change. */
export interface Change {
  /** "DaemonSet daemonset/security-system/falco": what the end of the URN says. Objects of a chart differ by kind only. */
  resource: string;
  operation: string;
  /** Paths of the properties that differ, as the engine writes them: `spec.kprobes[0].args[1]`, `data["falco.yaml"]`. */
  properties: string[];
}

interface PreviewStep {
  op: string;
  urn: string;
  detailedDiff?: Record<string, unknown> | null;
}

interface PreviewOutput {
  steps: PreviewStep[];
  changeSummary: { same?: number };
}

export interface Preview {
  /** How many resources stay as they are. */
  same: number;
  changes: Change[];
}

/** Reads what `pulumi preview --json` wrote. Of resources that stay the same it has the number only. */
export function readPreview(output: string): Preview {
  const { steps, changeSummary } = JSON.parse(output) as PreviewOutput;
  const changes = steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn, detailedDiff }) => ({
      resource: resourceOf(urn),
      operation: op,
      properties: Object.keys(detailedDiff ?? {}).sort(),
    }));
  return { same: changeSummary.same ?? 0, changes };
}

/** "urn:...$kubernetes:apps/v1:DaemonSet::NAME" -> "DaemonSet NAME". */
function resourceOf(urn: string): string {
  const [type = "", name] = urn.split("::").slice(-2);
  return `${type.split(":").at(-1)} ${name}`;
}

/** How a preview and the list of what is intended differ, a line each: what nobody listed, and what no longer happens. */
export function differences(
  changes: readonly Change[],
  intended: readonly IntendedChange[],
): { unintended: string[]; missing: string[] } {
  const unintended = changes.flatMap((change) => {
    const row = intended.find((candidate) => isAbout(candidate, change));
    if (!row) return [`${change.operation} ${change.resource}: ${change.properties.join(", ")}`];
    return change.properties
      .filter((path) => !row.properties.some((property) => isWithin(path, property)))
      .map((path) => `${change.operation} ${change.resource}: ${path}`);
  });
  const missing = intended.flatMap((row) => {
    const change = changes.find((candidate) => isAbout(row, candidate));
    if (!change) return [`${row.operation} ${row.resource}`];
    return row.properties
      .filter((property) => !change.properties.some((path) => isWithin(path, property)))
      .map((property) => `${row.operation} ${row.resource}: ${property}`);
  });
  return { unintended, missing };
}

function isAbout(row: IntendedChange, { resource, operation }: Change): boolean {
  return row.resource === resource && row.operation === operation;
}

/** Whether a path is a property or below it. */
function isWithin(path: string, property: string): boolean {
  return path.startsWith(property) && /^($|[.[])/.test(path.slice(property.length));
}
