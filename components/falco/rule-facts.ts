import * as fs from "node:fs";
import * as path from "node:path";
import type { DetectionRule } from "../core/contract/feature";
import { rulesIn } from "./rules-file";

/** What Falco copies from a rule into its alerts. */
export interface RuleFacts {
  /** As the alert has it: "Warning". */
  priority: string;
  tags: readonly string[];
}

const FOLDER = path.join(__dirname, "rules");

/** Rules of the image's stable file that scenarios count on (falcosecurity/rules, rules/falco_rules.yaml). */
const STABLE: Readonly<Record<string, RuleFacts>> = {
  "Terminal shell in container": {
    priority: "Notice",
    tags: ["maturity_stable", "container", "shell", "mitre_execution", "T1059"],
  },
  "Drop and execute new binary in container": {
    priority: "Critical",
    tags: ["maturity_stable", "container", "process", "mitre_persistence", "TA0003", "PCI_DSS_11.5.1"],
  },
  "Fileless execution via memfd_create": {
    priority: "Critical",
    tags: ["maturity_stable", "host", "container", "process", "mitre_defense_evasion", "T1620"],
  },
  "Clear Log Activities": {
    priority: "Warning",
    tags: [
      ...["maturity_stable", "host", "container", "filesystem", "mitre_defense_evasion"],
      ...["T1070", "NIST_800-53_AU-10"],
    ],
  },
  "Read sensitive file untrusted": {
    priority: "Warning",
    tags: ["maturity_stable", "host", "container", "filesystem", "mitre_credential_access", "T1555"],
  },
  "Search Private Keys or Passwords": {
    priority: "Warning",
    tags: [
      "maturity_stable",
      "host",
      "container",
      "process",
      "filesystem",
      "mitre_credential_access",
      "T1552.001",
    ],
  },
};

/** Priority and tags of all rules that scenarios can count on: the stack's own, read from their files, and stable ones. */
export function falcoRules(): ReadonlyMap<string, RuleFacts> {
  rules ??= readRules();
  return rules;
}

let rules: ReadonlyMap<string, RuleFacts> | undefined;

function readRules(): ReadonlyMap<string, RuleFacts> {
  const own = fs
    .readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .flatMap((file) => rulesIn(fs.readFileSync(path.join(FOLDER, file), "utf8")))
    .flatMap(({ name, priority, tags }): [string, RuleFacts][] =>
      tags === undefined ? [] : [[name, { priority: capitalised(String(priority)), tags }]],
    );
  return new Map([...Object.entries(STABLE), ...own]);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

/** The same as what all features have. */
export function falcoDetectionRules(): DetectionRule[] {
  return [...falcoRules()].map(([name, { tags }]) => ({ name, tags }));
}
