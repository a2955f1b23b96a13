/** An object that is not as the last update left it. */
export interface Difference {
  /** "DaemonSet security-system/falco". */
  object: string;
  /** "deleted", or the fields that differ. */
  what: string;
}

interface Step {
  op: string;
  urn: string;
  oldState?: { custom?: boolean; id?: string; type?: string };
  detailedDiff?: Record<string, unknown> | null;
}

/** Paths that are named of one object; the rest is counted. */
const PATHS = 4;

/**
 * Reads what `pulumi refresh --preview-only --json` writes. Fields are named without their values: those of a Secret are among
 * them.
 * @returns the differences; undefined where it wrote no result
 */
export function readDrift(output: string): Difference[] | undefined {
  const steps = stepsOf(output);
  return steps
    ?.filter(({ op, oldState }) => oldState?.custom && (op === "update" || op === "delete"))
    .map(({ op, urn, oldState, detailedDiff }) => ({
      object: `${kindOf(oldState?.type ?? "")} ${oldState?.id || urn.split("::").at(-1)}`,
      what: op === "delete" ? "deleted" : `changed: ${pathsOf(detailedDiff ?? {})}`,
    }))
    .sort((a, b) => a.object.localeCompare(b.object));
}

function stepsOf(output: string): Step[] | undefined {
  const from = output.indexOf("{");
  const to = output.lastIndexOf("}");
  if (from < 0 || to < from) return undefined;
  try {
    const result: { steps?: Step[] } = JSON.parse(output.slice(from, to + 1));
    return result.steps ?? [];
  } catch {
    return undefined;
  }
}

/** "kubernetes:apps/v1:DaemonSet" -> "DaemonSet". */
function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

/** Items of one list are one path: "spec.kprobes" of twenty. */
function pathsOf(diff: Record<string, unknown>): string {
  const paths = [...new Set(Object.keys(diff).map((path) => path.replace(/\[\d+\].*$/, "")))].sort();
  const more = paths.length > PATHS ? ` and ${paths.length - PATHS} more` : "";
  return `${paths.slice(0, PATHS).join(", ") || "fields that Pulumi does not name"}${more}`;
}
