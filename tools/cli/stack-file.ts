import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ConfiguredFeature } from "../../components/core/config/configured-feature";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig, type Settings } from "../../components/core/config/parse";
import { FEATURES } from "../../components/registry";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { engineValues } from "../dev/engine/stack-config";

/**
 * The config file of a stack.
 * @throws Fault where there is none.
 */
export function stackFile(stack: string): string {
  const file = join(checkout, `Pulumi.${stack}.yaml`);
  if (existsSync(file)) return file;
  throw new Fault(`There is no ${file}.`, { fix: "Name another stack, or copy Pulumi.dev.yaml." });
}

/** What a config file says, all defaults filled in. */
export function settingsOf(file: string): Settings {
  return parseConfig(loadFromFile(file), FEATURES);
}

/** Settings of a stack on the embedded cluster, as its engine gets them. */
export function embeddedSettingsOf(file: string): Settings {
  const raw = loadFromFile(file);
  return parseConfig({ ...raw, values: engineValues(raw.values) }, FEATURES);
}

/** Its features, on and off. */
export function featuresOf(file: string): ConfiguredFeature[] {
  return settingsOf(file).features;
}

/** Checks the new text as a whole before it takes the file's place. */
export function writeChecked(file: string, text: string): void {
  const scratch = mkdtempSync(join(tmpdir(), "security-stack-"));
  try {
    // By its own name, which tells the stack.
    const draft = join(scratch, basename(file));
    writeFileSync(draft, text);
    settingsOf(draft);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, text);
  renameSync(beside, file);
}
