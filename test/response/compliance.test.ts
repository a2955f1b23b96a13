import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Ajv } from "ajv";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { partsOf } from "../../tools/generate/compliance/evidence";
import { componentDefinition, OSCAL_VERSION } from "../../tools/generate/compliance/oscal";

type Json = Record<string, unknown>;

describe("the OSCAL component definition", function () {
  this.timeout(300_000);
  const parts = partsOf({ features: FEATURES, policies: POLICIES, scenarios: SCENARIOS });
  const options = {
    ...{ title: "Security Stack: test", version: "0.1.0", lastModified: "2026-11-29T09:00:00.000Z" },
    repository: "../..",
    state: () => ({ word: "on", isActive: true }),
  };
  let validate: ReturnType<Ajv["compile"]>;

  before(async () => {
    const { "oscal-schemas": folder } = await ensureTools(["oscal-schemas"]);
    const file = path.join(folder, `oscal_complete_schema-${OSCAL_VERSION.replaceAll(".", "-")}.json`);
    // Its patterns are for Unicode; formats are checked by other means than ajv's own plugin, which the project has not.
    const ajv = new Ajv({ strict: false, unicodeRegExp: true, validateFormats: false });
    validate = ajv.compile(JSON.parse(fs.readFileSync(file, "utf8")));
  });

  it("is valid by NIST's schema", () => {
    assert.ok(
      validate(componentDefinition(parts, options)),
      JSON.stringify(validate.errors?.slice(0, 5), null, 1),
    );
  });

  for (const [what, spoil] of [
    ["a component without a type", (component: Json) => delete component["type"]],
    ["a UUID that is none", (component: Json) => (component["uuid"] = "falco")],
    ["a key that OSCAL does not know", (component: Json) => (component["complies"] = true)],
  ] as const)
    it(`would not be with ${what}`, () => {
      const definition = componentDefinition(parts, options);
      const { components } = definition["component-definition"] as { components: Json[] };
      spoil(components[0]!);
      assert.equal(validate(definition), false);
    });
});
