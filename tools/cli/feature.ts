import { readFileSync } from "node:fs";
import Table from "cli-table3";
import { Command } from "commander";
import { nearestName } from "../../components/core/config/issues";
import { FEATURES } from "../../components/registry";
import { Fault } from "../dev/cluster/fault";
import { setInStackFile } from "./edit-stack-file";
import { featuresOf, stackFile, writeChecked } from "./stack-file";

/**
 * `npm run feature`: lists the features of a stack, or turns one on or off. It writes what
 * `pulumi config set --path security-stack:toggle.<name>` would write, but needs no login, and refuses what is not valid.
 */
export function main(args: readonly string[]): number {
  const command = new Command("npm run feature --")
    .description("Lists the features of a stack, or turns one on or off in its config file.")
    .argument("[name]", "feature")
    .argument("[state]", "on or off")
    .option("-s, --stack <name>", "stack whose config is read and written", "dev")
    .parse(args, { from: "user" });
  const [name, state] = command.args;
  const { stack } = command.opts<{ stack: string }>();
  const file = stackFile(stack);
  if (name === undefined) printFeatures(file);
  else setFeature(file, stack, checkName(name), checkState(state));
  return 0;
}

function printFeatures(file: string): void {
  const table = new Table({ head: ["feature", "state", "what"], style: { head: [], border: [] } });
  for (const { feature, enabled } of featuresOf(file))
    table.push([feature.name, enabled ? "on" : "off", feature.title]);
  console.log(table.toString());
}

function setFeature(file: string, stack: string, name: string, enabled: boolean): void {
  const word = enabled ? "on" : "off";
  if (featuresOf(file).find(({ feature }) => feature.name === name)?.enabled === enabled) {
    console.log(`${name} is ${word} already.`);
    return;
  }
  writeChecked(file, withToggle(readFileSync(file, "utf8"), name, enabled));
  const up = stack === "dev" ? "npm run up" : `npm run up -- --stack ${stack}`;
  console.log(`${name} is ${word} in ${file}. Next: \`${up.replace("up", "preview")}\`, then \`${up}\`.`);
}

/** The text of a stack config with the toggle set. All other lines stay as they are. */
export function withToggle(text: string, name: string, enabled: boolean): string {
  return setInStackFile(text, ["toggle", name], enabled);
}

function checkName(name: string): string {
  const known = FEATURES.map((feature) => feature.name);
  if (known.includes(name)) return name;
  const nearest = nearestName(name, known);
  throw new Fault(`There is no feature "${name}".`, {
    fix: nearest ? `Did you mean ${nearest}?` : `Use one of: ${known.join(", ")}.`,
  });
}

function checkState(state: string | undefined): boolean {
  if (state === "on" || state === "off") return state === "on";
  throw new Fault(state === undefined ? "On or off?" : `"${state}" is neither on nor off.`, {
    fix: "For example: npm run feature -- falco off",
  });
}
