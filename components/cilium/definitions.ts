import * as fs from "node:fs";
import * as path from "node:path";
import type { CustomObject, PlannedObject } from "../kubernetes/manifest";

/** Where the definitions are: a file for each, as the README of the folder says. */
const FOLDER = path.join(__dirname, "crds");

/**
 * The definitions of Cilium's kinds: its chart has none, its operator would make them while policies already wait for
 * them, and nothing would remove them with it.
 * @param protect Pulumi refuses to delete them, and so to remove Cilium.
 */
export function definitions(protect: boolean): PlannedObject[] {
  const names = fs.readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => ({
    ...(JSON.parse(fs.readFileSync(path.join(FOLDER, name), "utf8")) as CustomObject),
    provides: ["crds"],
    ...(protect ? { protect } : {}),
  }));
}
