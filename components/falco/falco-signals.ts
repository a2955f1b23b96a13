import type { Condition } from "../documents/condition";
import type { Signals } from "../documents/signals";

const OF_FALCO: Condition = { field: "labels.security_tool", is: "falco" };

const byRule = (...names: string[]): readonly Condition[] => [OF_FALCO, { field: "rule.name", is: names }];

/** Rules of the stack (rules/*.yaml) and of Falco's stable ones by what they show; the technique stands for all of its rules. */
export const FALCO_SIGNALS: Signals = {
  "token-read": byRule(
    "Service account token read in container",
    "Service account token linked in container",
  ),
  "api-call": byRule(
    "Kubernetes API contacted by hand from container",
    "Contact K8S API Server From Container",
  ),
  "dropped-program": byRule(
    "Drop and execute new binary in container",
    "Program from a volume started in container",
    "Fileless execution via memfd_create",
  ),
  "outbound-connection": byRule("Outbound connection to a non-cluster address"),
  "container-escape": [OF_FALCO, { field: "threat.technique.id", is: "T1611" }],
  "cron-write": byRule("Cron file written"),
  detection: [OF_FALCO, { field: "event.kind", is: "alert" }, { field: "event.severity", atLeast: 3 }],
};
