import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "yaml";
import { ENVIRONMENTS } from "../../components/core/config/policy-level";
import { FEATURES } from "../../components/registry";
import { configJsonSchema } from "../../tools/generate/config-reference";
import { generatedDocs } from "../../tools/generate/generated-pages";

const ROOT = path.join(__dirname, "..", "..");

describe("generated docs", () => {
  for (const [file, text] of Object.entries(generatedDocs())) {
    it(`${file} is fresh (else: npm run docs)`, () => {
      assert.equal(fs.readFileSync(path.join(ROOT, file), "utf8"), text);
    });
  }
});

describe("the JSON Schema for editors", () => {
  const validate = new Ajv2020({ strict: false, formats: { uri: true } }).compile(configJsonSchema(FEATURES));
  const read = (file: string) => parse(fs.readFileSync(path.join(ROOT, file), "utf8"));

  for (const environment of ENVIRONMENTS)
    it(`accepts Pulumi.${environment}.yaml`, () => {
      assert.ok(validate(read(`Pulumi.${environment}.yaml`)), JSON.stringify(validate.errors));
    });

  it("refuses an unknown feature, an unknown key of the envelope's maps and of a feature's config", () => {
    const [feature] = FEATURES;
    assert.ok(feature);
    for (const change of [
      { "security-stack:features": [{ name: "nope" }] },
      { "security-stack:toggle": { nope: true } },
      { "security-stack:global": { clusterName: "c", nope: 1 } },
      { "security-stack:features": [{ name: feature.name, config: { nope: 1 } }] },
    ]) {
      const stack = read("Pulumi.dev.yaml");
      Object.assign(stack.config, change);
      assert.equal(validate(stack), false, JSON.stringify(change));
    }
  });
});
