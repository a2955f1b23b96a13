import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { withoutDescriptions } from "./without-descriptions";

/** What the stack brings of Gateway API: what istiod waits for, and what a waypoint is. */
const KINDS = ["gatewayclasses", "gateways"];

/** Where the plan reads them. */
export const GATEWAY_KINDS = path.join(__dirname, "..", "..", "components", "istio", "gateway-api.json");

/**
 * Definitions of Gateway API, without the descriptions, which are five of six bytes.
 * @param folder config/crd/standard of the project.
 * @returns the text of the file that the plan reads
 */
export function gatewayKinds(folder: string): string {
  const definitions = KINDS.map((name) => {
    const text = fs.readFileSync(path.join(folder, `gateway.networking.k8s.io_${name}.yaml`), "utf8");
    const [document] = parseAllDocuments(text);
    return withoutDescriptions(document?.toJS());
  });
  return `${JSON.stringify(definitions, undefined, 1)}\n`;
}
