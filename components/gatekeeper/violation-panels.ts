import {
  bySeverity,
  type ContributedPanel,
  count,
  FIRST_SEEN,
  LAST_SEEN,
  type Panel,
  panelsFor,
  terms,
  unique,
} from "../documents/panel";

const RULE = terms("rule.name", "Rule");
const STAGE = terms("gatekeeper.stage", "Stage");
const violations = unique("gatekeeper.violation", "violations");
/** Still there, as far as the last audits know. */
const NOW: Panel["filter"] = [{ field: "gatekeeper.current_until", atLeast: "now" }];
const AT_ADMISSION: Panel["filter"] = [{ field: "event.action", is: ["refused", "warned", "let-through"] }];

const panel = panelsFor("security-zero-trust", "admission");

/** What violates the rules now and since when, by whose it is, and what was asked for. */
export const VIOLATION_PANELS: readonly ContributedPanel[] = [
  panel(
    { slot: "figures", order: 30, width: 12 },
    "Violations that are there",
    { kind: "metric", metric: violations },
    NOW,
  ),
  panel(
    { slot: "figures", order: 40, width: 12 },
    "Requests that were refused",
    { kind: "metric", metric: count("requests"), color: "#e0533d" },
    [{ field: "event.action", is: "refused" }],
  ),
  panel(
    { slot: "violations", order: 10, width: 24 },
    "Violations by rule and stage",
    { kind: "bars", by: RULE, stack: STAGE, metric: violations },
    NOW,
  ),
  panel(
    { slot: "violations", order: 20, width: 24 },
    "Violations by namespace and severity",
    {
      kind: "bars",
      by: terms("kubernetes.namespace", "Namespace"),
      stack: bySeverity,
      metric: violations,
    },
    NOW,
  ),
  panel(
    { slot: "owners", order: 10, width: 48 },
    "By owner: last seen, and since when",
    {
      kind: "table",
      rows: [
        terms("gatekeeper.owner", "Owner", 20),
        terms("kubernetes.namespace", "Namespace", 20),
        terms("orchestrator.resource.name", "Object", 20),
        terms("rule.name", "Rule", 20),
        STAGE,
      ],
      metrics: [LAST_SEEN, { ...FIRST_SEEN, label: "Since" }],
    },
    // Not those alone that are there now: since when is told by the documents before.
    [{ field: "event.action", is: "audited" }],
  ),
  panel(
    { slot: "requests", order: 10, width: 48 },
    "Requests that violate a rule",
    {
      kind: "table",
      rows: [
        RULE,
        STAGE,
        terms("kubernetes.namespace", "Namespace", 20),
        terms("user.name", "Who asked", 20),
      ],
      metrics: [count("Requests"), LAST_SEEN],
    },
    AT_ADMISSION,
  ),
];
