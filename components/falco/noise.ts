/** A rule of Falco's stable rules file that is off by default here. */
export interface NoisyRule {
  rule: string;
  /** Why it is off, with the source of the figures. */
  why: string;
  /** What reports the same threat instead. */
  instead: string;
}

/**
 * Rules that are switched off unless `rules.enable` names them. The list is short on purpose: a rule that is
 * loud and without another that sees the same ("Run shell untrusted", 3150 alerts a day in the same cluster)
 * stays on.
 */
export const NOISY_RULES: readonly NoisyRule[] = [
  {
    rule: "Contact K8S API Server From Container",
    why:
      "It reports every controller: 29465 of some 33000 alerts of one production day " +
      "(JiRaska/open-bank-oss#5734), and finds the API server by a DNS name that does not resolve with a " +
      "cluster domain of one's own or with socket load balancing (falcosecurity/falco#3834).",
    instead: "Kubernetes API contacted by hand from container",
  },
];

/**
 * The rules of the image's stable rules file, by which a typo in the config is found. Falco itself ignores a name that it
 * does not know. The image has falco-rules-5.2.0 (falcosecurity/falco#3973); the names were read in falcosecurity/rules at
 * c72713e, of June 2026, between 5.1.0 and 5.2.0. confirm with the sensor: `grep "^- rule:" /etc/falco/falco_rules.yaml`
 */
export const STABLE_RULES: readonly string[] = [
  "Clear Log Activities",
  "Contact K8S API Server From Container",
  "Create Hardlink Over Sensitive Files",
  "Create Symlink Over Sensitive Files",
  "Debugfs Launched in Privileged Container",
  "Detect release_agent File Container Escapes",
  "Directory traversal monitored file read",
  "Disallowed SSH Connection Non Standard Port",
  "Drop and execute new binary in container",
  "Execution from /dev/shm",
  "Fileless execution via memfd_create",
  "Find AWS Credentials",
  "Linux Kernel Module Injection Detected",
  "Netcat Remote Code Execution in Container",
  "PTRACE anti-debug attempt",
  "PTRACE attached to process",
  "Packet socket created in container",
  "Read sensitive file trusted after startup",
  "Read sensitive file untrusted",
  "Redirect STDOUT/STDIN to Network Connection in Container",
  "Remove Bulk Data from Disk",
  "Run shell untrusted",
  "Search Private Keys or Passwords",
  "System user interactive",
  "Terminal shell in container",
];
