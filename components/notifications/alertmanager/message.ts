/** What of messages a config decides. */
export interface OwnTexts {
  title: string;
  note?: string | undefined;
}

/** What stands for a placeholder: equal in all alerts of a message, so that of the first. */
const FIELDS: Readonly<Record<string, string>> = {
  severity: "Labels.severity | toUpper",
  rule: "Labels.rule",
  namespace: "Labels.namespace",
  workload: "Labels.workload",
  cluster: "Labels.cluster",
  summary: "Annotations.summary",
};

export const PLACEHOLDERS: readonly string[] = Object.keys(FIELDS);

/** Of Slack's markup only these three characters remain (docs.slack.dev, "Formatting message text": escaping). */
const FOR_SLACK = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
]
  .map(([from, to]) => ` | reReplaceAll "${from}" "${to}"`)
  .join("");

const PLACEHOLDER = /\{(\w+)\}/g;

/** Why a text can't be rendered; undefined where it can. */
export function unrenderable(text: string): string | undefined {
  const names = `{${PLACEHOLDERS.join("}, {")}}`;
  const unknown = [...text.matchAll(PLACEHOLDER)].find(([, name = ""]) => !PLACEHOLDERS.includes(name));
  if (unknown) return `the placeholders ${names}, of which ${unknown[0]} is none`;
  if (/[{}]/.test(text.replace(PLACEHOLDER, "")))
    return `braces around the placeholders ${names} and nowhere else`;
  return undefined;
}

/** Templates of Alertmanager's of the texts that a config has; their literal parts have no braces. */
export function ownTemplates({ title, note }: OwnTexts): string {
  const line = note === undefined ? "" : `\n${note}`;
  const texts: [name: string, text: string, filter: string][] = [
    ["security.own.title", title, ""],
    ["security.own.note", line, ""],
    ["security.slack.own.title", title, FOR_SLACK],
    ["security.slack.own.note", line, FOR_SLACK],
  ];
  return texts
    .map(([name, text, filter]) => `{{ define "${name}" }}${rendered(text, filter)}{{ end }}\n`)
    .join("");
}

function rendered(text: string, filter: string): string {
  return text.replace(PLACEHOLDER, (_, name: string) => `{{ (index .Alerts 0).${FIELDS[name]}${filter} }}`);
}
