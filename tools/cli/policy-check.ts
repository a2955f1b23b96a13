import { Command, Option } from "commander";
import { ENVIRONMENTS, type Environment } from "../../components/core/config/policy-level";
import { STAGES, type Stage } from "../../components/kubernetes/admission-rules";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { type Judgement, judgeManifests } from "../../policy-pack/pack/without-engine";
import { admissionRules } from "../../policy-pack/policies/admission-rules";
import { Fault } from "../dev/cluster/fault";
import { appliedBy, environmentFile, readEnvironment } from "../dev/policy/environment";
import { type Admission, admissionOf, type Denial, judgeByAdmission } from "./admission-check";
import { withExceptions } from "./excepted-waivers";
import { readManifests } from "./manifest-files";
import { settingsOf } from "./plan";

interface Options {
  environment: string;
  policyConfig?: string;
  stack?: string;
  stage?: Stage;
  values: string[];
  namespace: string;
  json?: true;
}

/**
 * `npm run policy:check -- FILE|DIR|CHART...`: what the policies and the admission rules say of any manifests, without Pulumi
 * and without a cluster. The exit code is 1 where a preview would be stopped, or the API server would refuse an object.
 */
export function main(args: readonly string[]): number {
  const command = new Command("npm run policy:check --")
    .description(
      "Judges Kubernetes manifests by the policies of the pack and by the admission rules; ends with 1 on a mandatory finding.",
    )
    .argument(
      "<files...>",
      "YAML or JSON, folders of them, Helm charts (with `helm` in PATH), or - for stdin",
    )
    .option("--environment <name>", `whose levels hold: ${ENVIRONMENTS.join(", ")}`, "prod")
    .option("--policy-config <file>", "levels, settings and waivers of a file instead")
    .option("-s, --stack <name>", "whose lists, stages and namespaces the admission rules have")
    .addOption(
      new Option("--stage <stage>", "of every admission rule, in place of the stack's").choices(STAGES),
    )
    .option(
      "-f, --values <file>",
      "of the charts, can be given again",
      (file, all: string[]) => [...all, file],
      [],
    )
    .option("-n, --namespace <name>", "of objects that name none", "default")
    .option("--json", "as data")
    .parse(args, { from: "user" });
  const { environment, policyConfig, stack, stage, values, namespace, json } = command.opts<Options>();
  const config = readEnvironment(policyConfig ?? environmentFile(environmentNamed(environment)));
  const { manifests, others } = readManifests(command.args, { values, namespace });
  if (manifests.length === 0)
    throw new Fault("There is no Kubernetes object in the input.", {
      where: others.join("; ") || command.args.join(" "),
      fix: "Every object has an apiVersion and a kind.",
    });
  const settings = stack === undefined ? undefined : settingsOf(stack);
  const exceptions = settings?.exceptions.current ?? [];
  const policies = withExceptions(appliedBy(config, JUDGED), exceptions, manifests, namespace);
  const found = judgeManifests(manifests, policies, new Date().toISOString().slice(0, 10));
  const admission = admissionOf(stack === undefined ? "the defaults" : `stack ${stack}`, settings, stage);
  const denials = judgeByAdmission(manifests, admission, namespace);
  const reports = [
    report(found, manifests.length, others, policyConfig ?? environment),
    admissionReport(denials, admission),
  ];
  if (json) console.log(JSON.stringify([...found.map(toRow), ...denials], null, 2));
  else console.log(reports.join("\n"));
  const refused = denials.filter((denial) => denial.stage === "deny");
  return found.some(({ level }) => level === "mandatory") || refused.length > 0 ? 1 : 0;
}

/** Without Pulumi, and without the one whose rules are judged with a stack's settings. */
const JUDGED = POLICIES.filter((policy) => !policy.needsPulumi && policy !== admissionRules);

function environmentNamed(name: string): Environment {
  const found = ENVIRONMENTS.find((environment) => environment === name);
  if (found) return found;
  throw new Fault(`There is no environment "${name}".`, { fix: `Use one of ${ENVIRONMENTS.join(", ")}.` });
}

function toRow({ policy, level, message }: Judgement) {
  return { policy: policy.name, severity: policy.severity, level, message };
}

function report(
  found: readonly Judgement[],
  objects: number,
  others: readonly string[],
  levels: string,
): string {
  const lines: string[] = [];
  for (const policy of POLICIES) {
    const own = found.filter((judgement) => judgement.policy === policy);
    if (own.length === 0) continue;
    lines.push(`${policy.name} (${policy.severity}): ${policy.rule}`);
    for (const { level, message } of own) lines.push(indent(`[${level}] ${message}`));
    lines.push("");
  }
  for (const other of others) lines.push(`not checked: ${other}: no Kubernetes object`);
  const leftOut = POLICIES.filter((policy) => policy.needsPulumi).map(({ name }) => name);
  const mandatory = found.filter(({ level }) => level === "mandatory").length;
  lines.push(
    `${objects} objects, ${JUDGED.length} policies at the levels of ${levels}: ${mandatory} mandatory findings, ${found.length - mandatory} advisory`,
    `left out, since they judge what only Pulumi knows: ${leftOut.join(", ")}`,
  );
  return lines.join("\n");
}

const DOES: Readonly<Record<Stage, string>> = {
  deny: "denied",
  warn: "a warning",
  dryrun: "noted, in the stage dryrun",
};

function admissionReport(denials: readonly Denial[], { rules, of }: Admission): string {
  const lines = denials.map(({ rule, stage, object, message }) =>
    [
      `admission rule ${rule}: ${object}: ${DOES[stage]}`,
      indent(message.replace(/; (?=(allowed|fix): )/g, "\n")),
    ].join("\n"),
  );
  const count = (stage: Stage) => denials.filter((denial) => denial.stage === stage).length;
  return [
    ...lines,
    `${rules.length} admission rules with the settings of ${of}: ${count("deny")} denials, ${count("warn")} warnings, ${count("dryrun")} noted`,
  ].join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
