import { Command } from "commander";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { type AppliedPolicy, type Judgement, judgeManifests } from "../../policy-pack/pack/without-engine";
import { Fault } from "../dev/cluster/fault";
import {
  ENVIRONMENTS,
  type Environment,
  environmentFile,
  levelOf,
  readEnvironment,
} from "../dev/policy/environment";
import { readManifests } from "./manifest-files";

interface Options {
  environment: string;
  policyConfig?: string;
  json?: true;
}

/**
 * `npm run policy:check -- FILE...`: what the policies say of any manifests, without Pulumi and without a cluster. The
 * exit code is 1 where a preview would be stopped.
 */
export function main(args: readonly string[]): number {
  const command = new Command("npm run policy:check --")
    .description(
      "Judges Kubernetes manifests by the policies of the pack; ends with 1 on a mandatory finding.",
    )
    .argument("<files...>", "YAML or JSON, folders of them, or - for stdin")
    .option("--environment <name>", `whose levels hold: ${ENVIRONMENTS.join(", ")}`, "prod")
    .option("--policy-config <file>", "levels, settings and waivers of a file instead")
    .option("--json", "as data")
    .parse(args, { from: "user" });
  const { environment, policyConfig, json } = command.opts<Options>();
  const config = readEnvironment(policyConfig ?? environmentFile(environmentNamed(environment)));
  const { manifests, others } = readManifests(command.args);
  if (manifests.length === 0)
    throw new Fault("There is no Kubernetes object in what was given.", {
      where: others.join("; ") || command.args.join(" "),
      fix: "Every object has an apiVersion and a kind.",
    });
  const applied = POLICIES.filter((policy) => !policy.needsPulumi).map((policy): AppliedPolicy => {
    const said = config[policy.name];
    const { enforcementLevel: _, ...settings } = typeof said === "object" ? said : {};
    return { policy, level: levelOf(policy, config), settings };
  });
  const found = judgeManifests(manifests, applied, new Date().toISOString().slice(0, 10));
  if (json) console.log(JSON.stringify(found.map(toRow), null, 2));
  else console.log(report(found, manifests.length, others, policyConfig ?? environment));
  return found.some(({ level }) => level === "mandatory") ? 1 : 0;
}

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
    `${objects} objects, ${POLICIES.length - leftOut.length} policies at the levels of ${levels}: ${mandatory} mandatory findings, ${found.length - mandatory} advisory`,
    `left out, since they judge what only Pulumi knows: ${leftOut.join(", ")}`,
  );
  return lines.join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
