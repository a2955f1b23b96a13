import { auditCollector } from "../../../components/k8s-audit/audit-collector";
import { type Case, cases } from "./case";

type Event = Record<string, unknown>;

/** A patch of a role, whose body the API server logs as the client sent it (apiserver, pkg/audit: LogRequestPatch). */
function patch(body: string, change: Event = {}): (time: string) => string {
  return (time) => {
    const event = {
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Request",
      auditID: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
      stage: "ResponseComplete",
      requestURI: "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/reader",
      verb: "patch",
      user: { username: "mallory", groups: ["system:authenticated"] },
      sourceIPs: ["203.0.113.9"],
      userAgent: "curl",
      objectRef: {
        resource: "roles",
        namespace: "shop",
        name: "reader",
        apiGroup: "rbac.authorization.k8s.io",
        apiVersion: "v1",
      },
      responseStatus: { code: 200 },
      requestObject: "BODY",
      requestReceivedTimestamp: time,
      stageTimestamp: time,
      annotations: { "authorization.k8s.io/decision": "allow" },
      ...change,
    };
    return JSON.stringify(event).replace('"BODY"', () => body);
  };
}

const RULES = '"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]';
const deep = (open: string, close: string, depth: number) => open.repeat(depth) + 1 + close.repeat(depth);

/** What a client may send to the API server so that Elasticsearch refuses the event. */
export const AUDIT = cases(
  "audit",
  [
    ["a patch that gives everything", patch(`{${RULES}}`)],
    ["with a NUL in a key", patch(`{${RULES},"a\\u0000b":1}`)],
    ["with a NUL in a key after a backslash", patch(`{${RULES},"a\\\\\\u0000":"\\\\u0000"}`)],
    ["with an empty key", patch(`{${RULES},"":1}`)],
    ["with a key of 40 KiB", patch(`{${RULES},"${"k".repeat(40 * 1024)}":1}`)],
    [
      "with keys of 40 KiB together",
      patch(`{${RULES},"${"k".repeat(20_000)}":{"${"j".repeat(20_000)}":"v"}}`),
    ],
    ["with a value of 40 KiB", patch(`{${RULES},"k":"${"v".repeat(40 * 1024)}"}`)],
    ["900 maps deep", patch(`{${RULES},"x":${deep('{"a":', "}", 900)}}`)],
    ["2000 maps deep", patch(`{${RULES},"x":${deep('{"a":', "}", 2000)}}`)],
    ["2000 lists deep", patch(`{${RULES},"x":${deep("[", "]", 2000)}}`)],
    ["deep, with maps that are closed between", patch(`{${RULES},"x":${deep('{"b":{},"a":', "}", 1200)}}`)],
    [
      "a list of operations",
      patch('[{"op":"add","path":"/rules/-","value":{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}}]'),
    ],
    ["an annotation with a NUL in its key", patch(`{${RULES}}`, { annotations: { "a\u0000b": "c" } })],
    ["addresses that are none", patch(`{${RULES}}`, { sourceIPs: ["x", "fe80::1%eth0"] })],
    ["groups that are no texts", patch(`{${RULES}}`, { user: { username: "mallory", groups: [["a"], {}] } })],
  ],
  (line) => line,
);

const LINES = auditCollector.samples().flatMap(({ lines }) => lines);

interface AuditEvent {
  verb: string;
  requestURI: string;
  stageTimestamp: string;
}

const EVENTS = LINES.map((line) => JSON.parse(line) as AuditEvent);

/** Requests that a real API server wrote into its audit log. */
export const REAL_AUDIT: Case[] = EVENTS.map(({ verb, requestURI }, i) => ({
  name: `${i}: ${verb} ${requestURI}`,
  line: LINES[i]!,
  index: "audit",
}));

export function realAuditTimeOf(index: number): string {
  return EVENTS[index]!.stageTimestamp;
}
