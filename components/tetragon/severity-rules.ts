import { literal, set } from "../documents/ottl";
import type { Severity } from "../documents/severities";
import { event } from "./event-fields";

/** A match of a policy that is less than the severity of all matches. */
interface SeverityRule {
  policy: string;
  severity: Severity;
  /** Why it is, and what an attacker gains who makes his own match look like it: never that the event is gone. */
  why: string;
  /** OTTL conditions, all of them. */
  when: readonly string[];
}

const BINARY = event("process", "binary");
const FILE = `${event("args")}[0]["file_arg"]["path"]`;
const ON_A_HOST = [`${event("process", "pod")} == nil`, `${event("process", "docker")} == nil`];

const program = (...names: string[]) =>
  `IsMatch(${BINARY}, ${literal(`^(/usr)?/s?bin/(${names.join("|")})$`)})`;

/**
 * Rated here and left out nowhere: a program's path is the attacker's to choose, in a policy it would be a way around
 * it. All that a rule takes away is the alert.
 */
const RULES: readonly SeverityRule[] = [
  {
    policy: "process-exec",
    severity: 3,
    why: "builds run scripts from there and Java unpacks its libraries there; a program that is started is still high",
    when: [`IsMatch(${event("function_name")}, "^security_(mmap_file|file_open)$$")`],
  },
  {
    policy: "process-exec",
    severity: 3,
    why: "images have programs there; anyone's own home is not for others to write to",
    when: [`IsMatch(${event("args")}[0]["linux_binprm_arg"]["path"], "^/(home|root)/")`],
  },
  {
    policy: "credential-access",
    severity: 2,
    why: "these read the passwords of their own container to do their work; it takes root to be one of them, who has those passwords",
    when: [
      `${FILE} == "/etc/shadow"`,
      program(
        "chage",
        "chpasswd",
        "cron",
        "crond",
        "login",
        "passwd",
        "su",
        "sudo",
        "unix_chkpwd",
        "useradd",
      ),
    ],
  },
  {
    policy: "cron-persistence",
    severity: 2,
    why: "packages bring cron files; on a host it takes root to be the package manager",
    when: [...ON_A_HOST, program("dpkg", "rpm", "dnf", "microdnf", "yum", "apk")],
  },
  {
    policy: "cron-persistence",
    severity: 3,
    why: "how people on a host edit their crontab",
    when: [...ON_A_HOST, program("crontab")],
  },
];

/** Statements that give matches that are often harmless a lower severity. */
export function severityRules(): string[] {
  return RULES.map(({ policy, severity, when }) =>
    set(
      "event.severity",
      String(severity),
      [`${event("policy_name")} == ${literal(policy)}`, ...when].join(" and "),
    ),
  );
}
