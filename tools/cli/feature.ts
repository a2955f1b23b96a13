import { readFileSync } from "node:fs";
import Table from "cli-table3";
import { Command } from "commander";
import { type Document, isMap, parseDocument, type YAMLMap } from "yaml";
import { nearestName, PROJECT } from "../../components/core/config/issues";
import { FEATURES } from "../../components/registry";
import { Fault } from "../dev/cluster/fault";
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

const toggleKey = `${PROJECT}:toggle`;

/** The text of a stack config with the toggle set. All other lines stay as they are, wherever that can be done. */
export function withToggle(text: string, name: string, enabled: boolean): string {
  const document = parseDocument(text);
  const edited = editText(text, document, name, enabled);
  const path = ["config", toggleKey, name];
  if (edited !== undefined && parseDocument(edited).getIn(path) === enabled) return edited;
  document.setIn(path, enabled);
  return document.toString({ lineWidth: 0 });
}

/** Undefined where there is no line to put it on, as in a toggle written as `{ ... }` that lacks this name. */
function editText(
  text: string,
  document: Document.Parsed,
  name: string,
  enabled: boolean,
): string | undefined {
  const config = document.get("config");
  if (!isMap(config) || config.flow || !config.range) return undefined;
  const toggle = config.get(toggleKey);
  const value = isMap(toggle) ? toggle.get(name, true) : undefined;
  if (value?.range) return text.slice(0, value.range[0]) + enabled + text.slice(value.range[1]);
  const indent = " ".repeat(columnOf(text, config));
  if (toggle === undefined)
    return insertLines(text, config, [`${indent}${toggleKey}:`, `${indent}  ${name}: ${enabled}`]);
  if (!isMap(toggle) || toggle.flow) return undefined;
  return insertLines(text, toggle, [`${" ".repeat(columnOf(text, toggle))}${name}: ${enabled}`]);
}

/** How far the keys of a map are indented. */
function columnOf(text: string, map: YAMLMap): number {
  const start = map.range?.[0] ?? 0;
  return start - (text.lastIndexOf("\n", start - 1) + 1);
}

/** After the last line of a map. */
function insertLines(text: string, map: YAMLMap, lines: readonly string[]): string {
  const end = map.range?.[1] ?? text.length;
  const last = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  const at = last < 0 ? text.length : last;
  return `${text.slice(0, at)}\n${lines.join("\n")}${text.slice(at)}`;
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
