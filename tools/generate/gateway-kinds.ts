import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";

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

// A property may be called so too, and is an object then.
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) =>
      key === "description" && typeof below === "string" ? [] : [[key, withoutDescriptions(below)] as const],
    ),
  );
}
