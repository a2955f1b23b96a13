/**
 * Tactics of the ATT&CK techniques that rules and policies of the stack are tagged with, as Falco writes them
 * (`mitre_` and the tactic in lower case). Source: attack.mitre.org, Enterprise matrix v19.
 */
export const TACTIC_OF_TECHNIQUE: Readonly<Record<string, readonly string[]>> = {
  T1003: ["mitre_credential_access"],
  "T1003.008": ["mitre_credential_access"],
  "T1053.003": ["mitre_execution", "mitre_persistence", "mitre_privilege_escalation"],
  T1036: ["mitre_defense_evasion"],
  T1046: ["mitre_discovery"],
  "T1055.008": ["mitre_privilege_escalation"],
  T1059: ["mitre_execution"],
  "T1059.004": ["mitre_execution"],
  T1071: ["mitre_command_and_control"],
  T1106: ["mitre_execution"],
  T1204: ["mitre_execution"],
  T1528: ["mitre_credential_access"],
  "T1547.006": ["mitre_persistence", "mitre_privilege_escalation"],
  T1552: ["mitre_credential_access"],
  "T1552.001": ["mitre_credential_access"],
  "T1552.004": ["mitre_credential_access"],
  T1609: ["mitre_execution"],
  T1611: ["mitre_privilege_escalation"],
  T1613: ["mitre_discovery"],
  T1620: ["mitre_defense_evasion"],
};
