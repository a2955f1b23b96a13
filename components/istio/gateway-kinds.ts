import * as fs from "node:fs";
import * as path from "node:path";
import type { PlannedObject } from "../kubernetes/manifest";

/** Definitions as the project has them, but for their descriptions; made from its module, with which a test compares them. */
const FILE = path.join(__dirname, "gateway-api.json");

/** The kinds of Gateway API that a waypoint needs. */
export function gatewayKinds(): PlannedObject[] {
  const definitions: PlannedObject[] = JSON.parse(fs.readFileSync(FILE, "utf8"));
  return definitions.map((definition) => ({ ...definition, provides: ["gateway-kinds"] }));
}
