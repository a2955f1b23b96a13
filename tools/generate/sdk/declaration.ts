import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../../dev/cluster/folders";

/** How Pulumi.yaml declares a package that a bridge makes from another provider. */
export interface PackageDeclaration {
  /** The bridge: a Pulumi plugin's name and version. */
  source: string;
  version: string;
  /** What the bridge is asked for: provider, its version, and flags. */
  parameters: string[];
}

/**
 * The declaration of `elasticstack` in Pulumi.yaml: the one place that says from what the SDK is made. `pulumi install` reads
 * it too, so both make the same SDK.
 */
export function elasticstackDeclaration(directory: string = checkout): PackageDeclaration {
  const file = join(directory, "Pulumi.yaml");
  const { packages } = parse(readFileSync(file, "utf8")) as { packages?: Record<string, PackageDeclaration> };
  const declared = packages?.["elasticstack"];
  if (!declared) throw new Error(`${file} declares no package elasticstack`);
  return declared;
}
