import { eachContainer } from "../kubernetes/each";
import { environmentOf } from "../kubernetes/pods";
import { mapAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

/** Names under which secrets are kept. */
const NAME =
  /(^|[_.-])(password|passwd|passphrase|secret|token|api_?key|private_?key|access_?key|credentials?)$/i;

/** Texts that are secrets whatever their name: what they look like, and what to call them. */
const LOOKS: readonly { pattern: RegExp; kind: string }[] = [
  // With a line of its base64: rules for detections name the header alone.
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40}/, kind: "a private key" },
  { pattern: /\b(AKIA|ASIA)[0-9A-Z]{16}\b/, kind: "an AWS access key" },
  { pattern: /\bgh[pousr]_[A-Za-z0-9]{36}\b/, kind: "a GitHub token" },
  { pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,}/, kind: "a Slack token" },
  { pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, kind: "a JSON web token" },
  { pattern: /\b[a-z][\w+.-]*:\/\/[^\s/:@"']+:[^\s/@"'${}]+@/i, kind: "a password in a URL" },
];

/** `key: value` and `key=value` with a literal value; a reference (`${...}`, `$(...)`) or a path is none. */
const ASSIGNMENT = /^\s*(?:-\s+|export\s+)?["']?([\w.-]+)["']?\s*[:=]\s*["']?([^\s"'#]+)/;

/** In a program every value may be an expression: only a text in quotes is literal. */
const PROGRAM = /\.([cm]?[jt]s|py|rb|go|lua|rego|ps1)$/;
const LITERAL_ASSIGNMENT = /([\w.-]+)["']?\s*[:=]\s*["'`]([^"'`\s]+)["'`]/;

export const noClearSecrets: ResourcePolicy = {
  name: "no-clear-secrets",
  rule: "No secret stands in a ConfigMap or an environment variable in clear.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-01", "PR.AA-01"], iso: ["5.17", "8.24"], cis: ["5.4.1"] },
  fix: "put it into a Secret, mount that as a file or use valueFrom.secretKeyRef, and treat what was written here as leaked",
  check(object, report) {
    if (object.kind === "ConfigMap" && object.group === "")
      report.each(Object.keys(mapAt(object.props, "data")), (key) => {
        const text = mapAt(object.props, "data")[key];
        const found = typeof text === "string" ? findSecret(key, text) : undefined;
        if (found) report.violation({ where: `data ${key}`, found, allowed: "references to Secrets" });
      });
    eachContainer(object, report, (container) => {
      for (const { name, value = "" } of environmentOf(container)) {
        const found = isNamedSecret(name, value) ? `a literal value of ${name}` : looksLikeSecret(value);
        if (found)
          report.violation({
            where: `${container.where}, env ${name}`,
            found,
            allowed: "valueFrom.secretKeyRef",
          });
      }
    });
  },
};

/** Says where and what it is, never the secret itself. */
function findSecret(key: string, text: string): string | undefined {
  if (isNamedSecret(key, text) && !text.includes("\n")) return `a literal value of ${key}`;
  const looks = looksLikeSecret(text);
  if (looks) return looks;
  const assignment = PROGRAM.test(key) ? LITERAL_ASSIGNMENT : ASSIGNMENT;
  for (const [index, line] of text.split("\n").entries()) {
    const [, name = "", value = ""] = assignment.exec(line) ?? [];
    if (isNamedSecret(name, value)) return `line ${index + 1}, a literal value of ${name}`;
  }
  return undefined;
}

function looksLikeSecret(text: string): string | undefined {
  return LOOKS.find(({ pattern }) => pattern.test(text))?.kind;
}

const SHORTEST = 6;

function isNamedSecret(name: string, value: string): boolean {
  const literal = value.trim();
  const isReference =
    /^(\$|\/|\.\/|file:|vault:|\{\{)/.test(literal) || /^(true|false|null|none|\d+)$/i.test(literal);
  // `WEBHOOK_SECRET: webhook-server-cert` is the name of a Secret.
  const isSecretName = /(secret|credentials?)$/i.test(name) && /^[a-z]+(-[a-z]+)+$/.test(literal);
  return NAME.test(name) && literal.length >= SHORTEST && !isReference && !isSecretName;
}
