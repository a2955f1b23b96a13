import { FEATURES } from "../../components/registry";
import { configJsonSchema, configReference } from "./config-reference";
import { ocsfPage } from "./ocsf-page";

/** Every generated page of docs/ by its path in the repository. */
export function generatedDocs(): Record<string, string> {
  return {
    "docs/config.schema.json": `${JSON.stringify(configJsonSchema(FEATURES), null, 2)}\n`,
    "docs/config-reference.md": configReference(FEATURES),
    "docs/ocsf.md": ocsfPage(),
  };
}
