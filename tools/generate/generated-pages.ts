import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { partsOf, rowsOf } from "./compliance/evidence";
import { generalPage } from "./compliance/page";
import { configJsonSchema, configReference } from "./config-reference";
import { ocsfPage } from "./ocsf-page";

/** Every generated page of docs/ by its path in the repository. */
export function generatedDocs(): Record<string, string> {
  const parts = partsOf({ features: FEATURES, policies: POLICIES, scenarios: SCENARIOS });
  return {
    "docs/compliance.md": generalPage(rowsOf(parts)),
    "docs/config.schema.json": `${JSON.stringify(configJsonSchema(FEATURES), null, 2)}\n`,
    "docs/config-reference.md": configReference(FEATURES),
    "docs/ocsf.md": ocsfPage(),
  };
}
