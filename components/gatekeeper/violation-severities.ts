import type { Severity } from "../documents/severities";
import { RULE_NAMES, type RuleName } from "../kubernetes/admission-rules";
import { kindOf } from "./constraints";

/** Of rules of the user's own, which nothing here knows. */
export const OTHER_RULE: Severity = 3;

/** `event.severity` of a violation by its rule: how near it brings a container to the node, or to what nobody looked at. */
export const RULE_SEVERITIES = {
  privileged: 4,
  "host-namespaces": 4,
  "host-paths": 4,
  "mesh-bypass": 3,
  "mesh-system": 4,
  "service-entries": 3,
  registries: 3,
  "privilege-escalation": 3,
  "run-as-non-root": 3,
  capabilities: 3,
  "seccomp-profile": 2,
  "temporary-volumes": 2,
  "read-only-root": 2,
  "pinned-images": 2,
  resources: 2,
} as const satisfies Record<RuleName, Severity>;

/** ATT&CK, v19: what a violation is good for, of rules that are about just that. */
const TECHNIQUES: Partial<Record<RuleName, { technique: string; tactic: string }>> = {
  // Escape to host.
  privileged: { technique: "T1611", tactic: "privilege_escalation" },
  "host-namespaces": { technique: "T1611", tactic: "privilege_escalation" },
  "host-paths": { technique: "T1611", tactic: "privilege_escalation" },
  // Setuid and setgid.
  "privilege-escalation": { technique: "T1548.001", tactic: "privilege_escalation" },
  // User execution: malicious image.
  registries: { technique: "T1204.003", tactic: "execution" },
};

/** The rules of a technique. */
export function attackByRule(): { rule: RuleName; technique: string; tactic: string }[] {
  return RULE_NAMES.flatMap((rule) => {
    const attack = TECHNIQUES[rule];
    return attack ? [{ rule, ...attack }] : [];
  });
}

/** The rule by the kind of its constraints. */
export function rulesByKind(): Record<string, RuleName> {
  return Object.fromEntries(RULE_NAMES.map((rule) => [kindOf(rule), rule]));
}
