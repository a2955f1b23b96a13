import { CONTAINERS_MATRIX, parentOf } from "./attack-matrix";

/** Techniques outside of the matrix, and those below a technique, that rules of the stack name (ATT&CK Enterprise v19). */
const FURTHER: Readonly<Record<string, string>> = {
  T1003: "OS Credential Dumping",
  "T1003.008": "/etc/passwd and /etc/shadow",
  T1041: "Exfiltration Over C2 Channel",
  "T1053.003": "Cron",
  "T1059.004": "Unix Shell",
  T1071: "Application Layer Protocol",
  T1105: "Ingress Tool Transfer",
  "T1552.001": "Credentials In Files",
  "T1552.004": "Private Keys",
  T1620: "Reflective Code Loading",
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ...CONTAINERS_MATRIX.flatMap(({ techniques }) => techniques.map(({ id, name }) => [id, name] as const)),
  ...Object.entries(FURTHER),
]);

/** A technique with its name, where it is known: "T1059.004 Unix Shell". */
export function withName(id: string): string {
  const name = NAMES.get(id) ?? NAMES.get(parentOf(id));
  return name === undefined ? id : `${id} ${name}`;
}
