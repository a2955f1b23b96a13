import { auditCollector } from "../../../components/k8s-audit/audit-collector";
import type { Case } from "./case";

const LINES = auditCollector.samples().flatMap(({ lines }) => lines);

interface AuditEvent {
  verb: string;
  requestURI: string;
  stageTimestamp: string;
}

const EVENTS = LINES.map((line) => JSON.parse(line) as AuditEvent);

/** Requests that a real API server wrote into its audit log. */
export const AUDIT: Case[] = EVENTS.map(({ verb, requestURI }, i) => ({
  name: `${i}: ${verb} ${requestURI}`,
  line: LINES[i]!,
  index: "events",
}));

export function auditTimeOf(index: number): string {
  return EVENTS[index]!.stageTimestamp;
}
