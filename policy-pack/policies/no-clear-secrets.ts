import { isNamedSecret, looksLikeSecret, secretInArguments, secretInText } from "../kubernetes/clear-secrets";
import { eachContainer } from "../kubernetes/each";
import { isCustom } from "../kubernetes/object";
import { type Container, environmentOf } from "../kubernetes/pods";
import { at, isMap, listAt, mapAt, type Path, textAt, textsAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

export const noClearSecrets: ResourcePolicy = {
  name: "no-clear-secrets",
  rule: "No secret stands in a ConfigMap, an environment variable, a command line or a custom object in clear.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-01", "PR.AA-01"], iso: ["5.17", "8.24"], cis: ["5.4.1"] },
  fix: "put it into a Secret, mount that as a file or use valueFrom.secretKeyRef, and treat what was written here as leaked",
  check(object, report) {
    if (object.kind === "ConfigMap" && object.group === "")
      for (const part of ["data", "binaryData"])
        report.each(Object.keys(mapAt(object.props, part)), (key) => {
          const found = secretInText(key, textOf(part, at(object.props, part, key)));
          if (found) report.violation({ where: `${part} ${key}`, found, allowed: "references to Secrets" });
        });
    eachContainer(object, report, (container) => {
      report.each(environmentOf(container), ({ name, value = "" }) => {
        const found = secretInText(name, value);
        const where = `${container.where}, env ${name}`;
        if (found) report.violation({ where, found, allowed: "valueFrom.secretKeyRef" });
      });
      report.each(commandsOf(container), ([field, texts]) => {
        const found = secretInArguments(texts);
        const where = `${container.where}, ${field}`;
        if (found) report.violation({ where, found, allowed: "a file, or a variable from a Secret" });
      });
    });
    if (isCustom(object))
      for (const { path, found } of secretsIn(mapAt(object.props, "spec"), ["spec"]))
        report.violation({ where: path.join("."), found, allowed: "references to Secrets" });
  },
};

function textOf(part: string, value: unknown): string {
  if (typeof value !== "string") return "";
  return part === "data" ? value : Buffer.from(value, "base64").toString("utf8");
}

const COMMANDS: readonly Path[] = [
  ["command"],
  ["args"],
  ...["livenessProbe", "readinessProbe", "startupProbe"].map((probe) => [probe, "exec", "command"]),
  ...["postStart", "preStop"].map((hook) => ["lifecycle", hook, "exec", "command"]),
];

function commandsOf({ value }: Container): [string, string[]][] {
  return COMMANDS.map((path) => [path.join("."), textsAt(value, ...path)]);
}

/** Keys below which every text is encrypted, and those of pods, which are judged as pods. */
const SKIPPED = /encrypted|^(env|args|command)$/i;

/** In a custom object a name like `secret` is mostly that of a Secret: only what can be nothing else counts. */
function secretsIn(value: unknown, path: Path): { path: Path; found: string }[] {
  if (Array.isArray(value)) return listAt(value).flatMap((item, index) => secretsIn(item, [...path, index]));
  if (isMap(value))
    return Object.keys(value)
      .filter((key) => !SKIPPED.test(key))
      .flatMap((key) => secretsIn(value[key], [...path, key]));
  const text = textAt([value], 0);
  if (text === undefined) return [];
  const name = String(path.at(-1));
  const named = /(passw(or)?d|passphrase|api_?key|access_?token)$/i.test(name) && isNamedSecret(name, text);
  const found = named ? `a literal value of ${name}` : looksLikeSecret(text);
  return found === undefined ? [] : [{ path, found }];
}
