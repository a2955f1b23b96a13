import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { parseDocument } from "yaml";
import { nearestName, PROJECT } from "../components/config/issues";
import { loadFromFile } from "../components/config/load";
import { type ConfiguredFeature, parseConfig } from "../components/config/parse";
import { FEATURES } from "../components/registry";
import { Fault } from "./cluster/fault";
import { checkout } from "./cluster/folders";

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
  const file = join(checkout, `Pulumi.${stack}.yaml`);
  if (!existsSync(file))
    throw new Fault(`There is no ${file}.`, { fix: "Name another stack, or copy Pulumi.dev.yaml." });
  if (name === undefined) printFeatures(file);
  else setFeature(file, stack, checkName(name), checkState(state));
  return 0;
}

function printFeatures(file: string): void {
  const table = new Table({ head: ["feature", "state", "what"], style: { head: [], border: [] } });
  for (const { feature, enabled } of features(file))
    table.push([feature.name, enabled ? "on" : "off", feature.title]);
  console.log(table.toString());
}

function setFeature(file: string, stack: string, name: string, enabled: boolean): void {
  const word = enabled ? "on" : "off";
  if (features(file).find(({ feature }) => feature.name === name)?.enabled === enabled) {
    console.log(`${name} is ${word} already.`);
    return;
  }
  writeChecked(file, withToggle(file, name, enabled));
  const up = stack === "dev" ? "npm run up" : `npm run up -- --stack ${stack}`;
  console.log(`${name} is ${word} in ${file}. Next: \`${up.replace("up", "preview")}\`, then \`${up}\`.`);
}

/** The file with the toggle set; comments and layout stay. */
export function withToggle(file: string, name: string, enabled: boolean): string {
  const document = parseDocument(readFileSync(file, "utf8"));
  document.setIn(["config", `${PROJECT}:toggle`, name], enabled);
  return document.toString({ lineWidth: 0 });
}

/** Checks the new text as a whole before it takes the file's place. */
function writeChecked(file: string, text: string): void {
  const scratch = mkdtempSync(join(tmpdir(), "security-stack-"));
  try {
    const draft = join(scratch, "stack.yaml");
    writeFileSync(draft, text);
    features(draft);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, text);
  renameSync(beside, file);
}

function features(file: string): ConfiguredFeature[] {
  return parseConfig(loadFromFile(file), FEATURES).features;
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
