import * as path from "node:path";
import { ALERT_WINDOW, type Alert, READ_AT } from "../documents/alerts";
import type { CollectorFragment } from "../documents/documents";
import { DATE, KEYWORD, object, RULE } from "../documents/fields";
import { MATCHABLE } from "../documents/matchable";
import { source } from "../documents/ottl";
import {
  HAS_PREFIX,
  has,
  POD_LOGS,
  type PodLines,
  podLogReceiver,
  readPodSamples,
  WITHOUT_PREFIX,
  WRITTEN_AT,
} from "../documents/pod-logs";
import type { Indices } from "../documents/store";
import { CHART, NAMESPACE } from "./gatekeeper-names";
import { gatekeeperOcsf } from "./gatekeeper-ocsf";
import { OTHER_RULE, RULE_SEVERITIES, rulesByKind } from "./violation-severities";
import { IDENTITY, violationStatements } from "./violation-statements";

/** Of the pods that audit and of those that answer: both write to stderr. */
const LINES: PodLines = {
  namespace: NAMESPACE,
  pods: `${CHART}-*`,
  container: "manager",
  // "violation" at admission, "violation_audited" at an audit.
  keeps: has('"event_type":"violation'),
};

/**
 * Violations as Gatekeeper logs them (open-policy-agent/gatekeeper v3.23.1, pkg/audit/manager.go: logViolation, and
 * pkg/webhook/policy.go with --log-denies). Of more than a hundred lines of one text within a second its log has every
 * hundredth (sigs.k8s.io/controller-runtime, pkg/log/zap: production), so that a count is that of its constraints' status.
 */
export const gatekeeperCollector: CollectorFragment = {
  tool: CHART,
  index: "admission",
  severities: { ...RULE_SEVERITIES, "other rule": OTHER_RULE },
  fields: {
    event: object({ outcome: KEYWORD }),
    rule: RULE,
    user: object({ name: KEYWORD }),
    orchestrator: object({ namespace: KEYWORD, resource: object({ name: KEYWORD, type: KEYWORD }) }),
    gatekeeper: object({
      stage: KEYWORD,
      constraint: KEYWORD,
      kind: KEYWORD,
      api_group: KEYWORD,
      owner: KEYWORD,
      violation: KEYWORD,
      current_until: DATE,
    }),
  },
  matchable: {
    namespace: MATCHABLE.namespace,
    labels: MATCHABLE.labels,
    user: MATCHABLE.user,
    rule: MATCHABLE.rule,
    technique: MATCHABLE.technique,
  },
  ocsf: gatekeeperOcsf,
  alerts: (indices) => [refusedOften(indices)],
  readsPodLogs: true,
  samples: () =>
    readPodSamples(path.join(__dirname, "samples"), LINES, "gatekeeper-audit-7c9d5b6f4d-x2x7p_1"),
  receivers: (_nodeLogBasePath, podLogs = POD_LOGS) => ({
    [`file_log/${CHART}`]: podLogReceiver(LINES, podLogs),
  }),
  document: {
    prepare: [...WITHOUT_PREFIX],
    expects: [
      HAS_PREFIX,
      { condition: `IsString(${source("constraint_kind")})`, reason: "a violation without a constraint" },
    ],
    time: WRITTEN_AT,
    identity: IDENTITY,
    fixed: {
      event: {
        kind: "event",
        category: ["configuration"],
        type: ["info"],
        dataset: "gatekeeper.violations",
        severity: OTHER_RULE,
      },
    },
    lookups: { rule: rulesByKind(), severity: RULE_SEVERITIES },
    statements: violationStatements(),
  },
};

/** Of one namespace and rule, within {@link ALERT_WINDOW}: a controller that tries again makes some within a minute. */
const OFTEN = 20;

function refusedOften({ admission }: Indices): Alert {
  return {
    id: "security-objects-refused",
    name: "A rule refuses many objects of a namespace",
    severity: 3,
    fix: "Was the rule set to deny too early, or does somebody try a way in? The dashboard Zero trust shows who asked for what.",
    when: {
      ...{ kind: "matching", index: admission, timeField: READ_AT, minutes: ALERT_WINDOW, atLeast: OFTEN },
      filter: [{ field: "event.action", is: "refused" }],
      groupBy: ["rule.name", "kubernetes.namespace"],
    },
  };
}
