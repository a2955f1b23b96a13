import { maskCredentials } from "./secrets";

/**
 * Codes of config errors. They are stable: people search for them.
 */
export const CONFIG_ERRORS = {
  CFG001: "unknown key",
  CFG002: "wrong type",
  CFG003: "value not allowed",
  CFG004: "required key is missing",
  CFG005: "unknown feature",
  CFG006: "feature listed twice",
  CFG007: "required feature is off",
  CFG008: "features require each other",
  CFG009: "limit below request",
  CFG010: "secret in clear",
  CFG011: "unknown override target",
  CFG012: "not a stack file that Pulumi can read",
  CFG013: "encrypted value where it would end up in clear",
  CFG014: "config from a place that cannot be read",
  CFG015: "too large for one Kubernetes object",
  CFG016: "two volumes at one path",
  CFG017: "exception that has ended",
  CFG018: "exception that nothing can apply",
  CFG019: "key that has moved",
  CFG020: "network that is too small or overlaps",
  CFG021: "nodes that cannot run the stack",
  CFG022: "cost above the budget",
  CFG023: "what is stored speaks against it",
  CFG024: "kind that the cluster does not have",
} as const;

export type ConfigErrorCode = keyof typeof CONFIG_ERRORS;

/** One thing that is wrong in the stack config. */
export interface ConfigIssue {
  code: ConfigErrorCode;
  /** Where, as `pulumi config set --path` takes it: `security-stack:features[2].config.priority`. */
  path: string;
  /** What is there, as short text; secrets are never shown. */
  found?: string;
  /** What may be there. */
  allowed?: string;
  /** The nearest known name, for a typo. */
  nearest?: string;
  /** What to do, where it is not obvious from `allowed`. */
  fix?: string;
}

/** All that is wrong in a stack config; thrown before any resource is touched. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const shown = issues.map(withoutCredentials);
    super(formatIssues(shown));
    this.issues = shown;
  }
}

/** A key can be a URL too, and a text of a checker can quote one. */
function withoutCredentials(issue: ConfigIssue): ConfigIssue {
  const masked = (text: string | undefined) => (text === undefined ? undefined : maskCredentials(text));
  return {
    code: issue.code,
    path: maskCredentials(issue.path),
    found: masked(issue.found),
    allowed: masked(issue.allowed),
    nearest: masked(issue.nearest),
    fix: masked(issue.fix),
  };
}

/** One block per issue: code, path, then what was found, what is allowed, and how to fix it. */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  const count = issues.length === 1 ? "1 error" : `${issues.length} errors`;
  return [`The stack config has ${count}; nothing was changed.`, ...issues.map(formatIssue)].join("\n");
}

function formatIssue(issue: ConfigIssue): string {
  const lines = [`  ${issue.code} ${issue.path}: ${CONFIG_ERRORS[issue.code]}`];
  if (issue.found !== undefined) lines.push(`    found:   ${issue.found}`);
  if (issue.allowed !== undefined) lines.push(`    allowed: ${issue.allowed}`);
  if (issue.nearest !== undefined) lines.push(`    did you mean "${issue.nearest}"?`);
  if (issue.fix !== undefined) lines.push(`    fix:     ${issue.fix}`);
  return lines.join("\n");
}
