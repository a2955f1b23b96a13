import { auditLine } from "../../test/rigs/pipeline/audit-logs";
import { falcoLine } from "../../test/rigs/pipeline/sensor-logs";

/** Lines of one tool to measure with. */
export interface Load {
  tool: string;
  /** The file that its node collector reads. */
  file: string;
  line(sequence: number): string;
  /**
   * Of the bare index: the tool's own fields with the types that our template gives such fields. With none of them indexed it
   * would be Elasticsearch that is compared, and with Elasticsearch's own dynamic mapping the bare one would be the slower.
   */
  mappings: Record<string, unknown>;
}

const KEYWORD = { type: "keyword" };
const FLATTENED = { type: "flattened", ignore_above: 8191 };

export const FALCO_LINES: Load = {
  tool: "falco",
  file: "events.log",
  line: (sequence) => falcoLine({ sequence, size: 1000 }),
  mappings: {
    dynamic: false,
    properties: {
      time: { type: "date" },
      output: { type: "text" },
      output_fields: FLATTENED,
      hostname: KEYWORD,
      priority: KEYWORD,
      rule: KEYWORD,
      source: KEYWORD,
      tags: KEYWORD,
    },
  },
};

export const AUDIT_LINES: Load = {
  tool: "k8s_audit",
  file: "audit.log",
  line: auditLine,
  mappings: {
    dynamic: false,
    properties: {
      stageTimestamp: { type: "date" },
      auditID: KEYWORD,
      level: KEYWORD,
      stage: KEYWORD,
      verb: KEYWORD,
      requestURI: KEYWORD,
      userAgent: KEYWORD,
      sourceIPs: { type: "ip" },
      user: { properties: { username: KEYWORD, uid: KEYWORD, groups: KEYWORD } },
      objectRef: { properties: { resource: KEYWORD, namespace: KEYWORD, name: KEYWORD, apiGroup: KEYWORD } },
      responseStatus: { properties: { code: { type: "integer" } } },
      annotations: FLATTENED,
      requestObject: FLATTENED,
    },
  },
};
