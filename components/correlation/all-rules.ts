import type { CorrelationRule } from "../documents/correlation-rule";
import { cronWriteExecution } from "./rules/cron-write-execution";
import { cronWriteHostExecution } from "./rules/cron-write-host-execution";
import { downloadExecute } from "./rules/download-execute";
import { downloadExecuteConnect } from "./rules/download-execute-connect";
import { escapeHostProcess } from "./rules/escape-host-process";
import { threeTactics } from "./rules/three-tactics";
import { tokenReadApiCall } from "./rules/token-read-api-call";
import { twoSensors } from "./rules/two-sensors";
import { vulnerableWorkload } from "./rules/vulnerable-workload";

/** The rules over all tools; those over one tool's events are in its folder (`correlations` of its documents). */
export const CORRELATION_RULES: readonly CorrelationRule[] = [
  cronWriteExecution,
  cronWriteHostExecution,
  downloadExecute,
  downloadExecuteConnect,
  escapeHostProcess,
  threeTactics,
  tokenReadApiCall,
  twoSensors,
  vulnerableWorkload,
];
