import type { PolicyDefinition } from "../tracing-policy";
import { containerEscapeMonitor } from "./container-escape-monitor";
import { credentialAccess } from "./credential-access";
import { cronPersistence } from "./cron-persistence";
import { processAccess } from "./process-access";
import { processExec } from "./process-exec";
import { suspiciousEgress } from "./suspicious-egress";

/** The policies of the stack: adding one is its file and a line here. */
export const POLICIES: readonly PolicyDefinition[] = [
  processExec,
  containerEscapeMonitor,
  processAccess,
  credentialAccess,
  cronPersistence,
  suspiciousEgress,
];

export const POLICY_NAMES = POLICIES.map((policy) => policy.name);
