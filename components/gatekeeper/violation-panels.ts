import {
  bySeverity,
  type ContributedPanel,
  count,
  FIRST_SEEN,
  LAST_SEEN,
  type Panel,
  terms,
  unique,
} from "../documents/panel";

const RULE = terms("rule.name", "Rule");
const STAGE = terms("gatekeeper.stage", "Stage");
const violations = unique("gatekeeper.violation", "violations");
/** Still there, as far as the last audits know. */
const NOW: Panel["filter"] = [{ field: "gatekeeper.current_until", atLeast: "now" }];
const AT_ADMISSION: Panel["filter"] = [{ field: "event.action", is: ["refused", "warned", "let-through"] }];

function panel(
  slot: string,
  order: number,
  title: string,
  width: number,
  chart: Panel["chart"],
  filter: Panel["filter"],
): ContributedPanel {
  const own: Panel = { title, width, dataView: "admission", filter, chart };
  return { dashboard: "security-zero-trust", slot, order, panel: own };
}

/** What violates the rules now and since when, by whose it is, and what was asked for. */
export const VIOLATION_PANELS: readonly ContributedPanel[] = [
  panel("figures", 30, "Violations that are there", 12, { kind: "metric", metric: violations }, NOW),
  panel(
    "figures",
    40,
    "Requests that were refused",
    12,
    { kind: "metric", metric: count("requests"), color: "#e0533d" },
    [{ field: "event.action", is: "refused" }],
  ),
  panel(
    "violations",
    10,
    "By rule and stage",
    24,
    { kind: "bars", by: RULE, stack: STAGE, metric: violations },
    NOW,
  ),
  panel(
    "violations",
    20,
    "By namespace and severity",
    24,
    {
      kind: "bars",
      by: terms("kubernetes.namespace", "Namespace"),
      stack: bySeverity,
      metric: violations,
    },
    NOW,
  ),
  panel(
    "owners",
    10,
    "By owner: last seen, and since when",
    48,
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
    "requests",
    10,
    "Requests that violate a rule",
    48,
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
