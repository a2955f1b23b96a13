import { CONFIG_AUDIT, INFRA_ASSESSMENT, RBAC_ASSESSMENT } from "./check-kinds";
import type { ReportKind } from "./report-kind";
import { EXPOSED_SECRET } from "./secret-kind";
import type { ReportedScanner } from "./types";
import { VULNERABILITY } from "./vulnerability-kind";

/** Every kind of report that becomes findings, in the order in which a pass takes them. */
export const REPORT_KINDS: readonly ReportKind[] = [
  VULNERABILITY,
  EXPOSED_SECRET,
  CONFIG_AUDIT,
  RBAC_ASSESSMENT,
  INFRA_ASSESSMENT,
];

/** The kinds of these scanners; a scanner that makes no such reports has none. */
export function kindsOf(scanners: readonly string[]): ReportKind[] {
  return REPORT_KINDS.filter(({ scanner }) => scanners.includes(scanner));
}

export const REPORTED_SCANNERS: readonly ReportedScanner[] = REPORT_KINDS.map(({ scanner }) => scanner);
