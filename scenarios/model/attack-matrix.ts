/**
 * The Containers matrix of MITRE ATT&CK, Enterprise v19 (attack.mitre.org/matrices/enterprise/containers), techniques
 * without their sub-techniques: what the coverage is measured against. Compared with MITRE's data of v18.1, whose
 * platform "Containers" has the same techniques but T1059, and with the tactics of v19.2: "Defense Evasion" became
 * Stealth, which kept its id, and Defense Impairment; T1562 became T1685; T1610 and T1550 are in one tactic only.
 */
export const ATTACK_VERSION = "19";

export interface Tactic {
  id: string;
  name: string;
  techniques: readonly Technique[];
}

export interface Technique {
  id: string;
  name: string;
}

const NAMES = {
  T1036: "Masquerading",
  T1046: "Network Service Discovery",
  T1053: "Scheduled Task/Job",
  T1059: "Command and Scripting Interpreter",
  T1068: "Exploitation for Privilege Escalation",
  T1069: "Permission Groups Discovery",
  T1070: "Indicator Removal",
  T1078: "Valid Accounts",
  T1098: "Account Manipulation",
  T1110: "Brute Force",
  T1133: "External Remote Services",
  T1136: "Create Account",
  T1190: "Exploit Public-Facing Application",
  T1204: "User Execution",
  T1485: "Data Destruction",
  T1490: "Inhibit System Recovery",
  T1496: "Resource Hijacking",
  T1498: "Network Denial of Service",
  T1499: "Endpoint Denial of Service",
  T1525: "Implant Internal Image",
  T1528: "Steal Application Access Token",
  T1543: "Create or Modify System Process",
  T1550: "Use Alternate Authentication Material",
  T1552: "Unsecured Credentials",
  T1609: "Container Administration Command",
  T1610: "Deploy Container",
  T1611: "Escape to Host",
  T1612: "Build Image on Host",
  T1613: "Container and Resource Discovery",
  T1685: "Disable or Modify Tools",
} as const;

type Id = keyof typeof NAMES;

const tactic = (id: string, name: string, ...techniques: Id[]): Tactic => ({
  id,
  name,
  techniques: techniques.map((technique) => ({ id: technique, name: NAMES[technique] })),
});

export const CONTAINERS_MATRIX: readonly Tactic[] = [
  tactic("TA0001", "Initial Access", "T1190", "T1133", "T1078"),
  tactic("TA0002", "Execution", "T1059", "T1609", "T1610", "T1053", "T1204"),
  tactic("TA0003", "Persistence", "T1098", "T1136", "T1543", "T1133", "T1525", "T1053", "T1078"),
  tactic("TA0004", "Privilege Escalation", "T1098", "T1543", "T1611", "T1068", "T1053", "T1078"),
  tactic("TA0005", "Stealth", "T1612", "T1070", "T1036", "T1078"),
  tactic("TA0112", "Defense Impairment", "T1685"),
  tactic("TA0006", "Credential Access", "T1110", "T1528", "T1552"),
  tactic("TA0007", "Discovery", "T1613", "T1046", "T1069"),
  tactic("TA0008", "Lateral Movement", "T1550"),
  tactic("TA0040", "Impact", "T1485", "T1499", "T1490", "T1498", "T1496"),
];

/** "T1053.003" belongs to "T1053". */
export function parentOf(technique: string): string {
  return technique.split(".")[0] ?? technique;
}
