import { gatekeeperCollector } from "../../../components/gatekeeper/gatekeeper-collector";
import { objectOf, podSource, writtenAt } from "./pod-lines";

interface Violation {
  event_type: string;
  constraint_kind: string;
  constraint_action: string;
  resource_kind: string;
  resource_name: string;
}

/** Violations of Gatekeeper's own log, and a line of it that is about something else. */
export const GATEKEEPER = {
  ...podSource(gatekeeperCollector, "admission", (text) => {
    const { event_type, constraint_kind, constraint_action, resource_kind } = objectOf<Violation>(text);
    return `${event_type}, ${constraint_kind}, ${constraint_action}, ${resource_kind}`;
  }),
  notKept: [
    {
      line: `2026-11-30T10:16:00.000000001Z stderr F ${JSON.stringify({ level: "info", ts: 1796033760, logger: "controller", msg: "auditing is complete", process: "audit", event_type: "audit_finished" })}`,
    },
  ],
};

/** The first violation as an audit finds it again, so many seconds later. */
export function foundAgain(seconds: number): string {
  const { line } = GATEKEEPER.cases[0]!;
  const time = new Date(Date.parse(writtenAt(String(line))) + seconds * 1000).toISOString();
  const object = objectOf<{ ts: number }>(String(line));
  return `${time} stderr F ${JSON.stringify({ ...object, ts: object.ts + seconds, audit_id: time })}`;
}

/** The pod that violates, where it is one. */
export function violatingPodOf(text: string): string | undefined {
  const { resource_kind, resource_name } = objectOf<Violation>(text);
  return resource_kind === "Pod" ? resource_name : undefined;
}
