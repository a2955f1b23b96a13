import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toolNamed } from "../../tools/dev/toolchain/all-tools";
import { elasticstackDeclaration } from "../../tools/generate/sdk/declaration";
import { SDK_FOLDER } from "../../tools/generate/sdk/generate";

const ROOT = join(__dirname, "..", "..");
const INCLUDE = "--include=";

interface Manifest {
  version: string;
  pulumi: {
    name: string;
    version: string;
    parameterization: { name: string; version: string; value: string };
  };
}

describe("the SDK of the Elastic provider", () => {
  const declared = elasticstackDeclaration();
  const [provider, version, ...flags] = declared.parameters;
  const manifest = JSON.parse(readFileSync(join(SDK_FOLDER, "package.json"), "utf8")) as Manifest;

  it("is made of what Pulumi.yaml declares", () => {
    const { name, version: bridge, parameterization } = manifest.pulumi;
    assert.deepEqual([name, bridge], [declared.source, declared.version]);
    assert.deepEqual([parameterization.name, parameterization.version], ["elasticstack", version]);
    assert.deepEqual(JSON.parse(Buffer.from(parameterization.value, "base64").toString()), {
      remote: { url: `registry.opentofu.org/${provider}`, version },
      includes: flags.map((flag) => flag.slice(INCLUDE.length)),
    });
    assert.deepEqual(
      flags.filter((flag) => !flag.startsWith(INCLUDE)),
      [],
    );
  });

  it("is declared with the versions that the toolchain gets", () => {
    assert.equal(declared.version, toolNamed("pulumi-resource-terraform-provider").version);
    assert.equal(version, toolNamed("terraform-provider-elasticstack").version);
  });

  it("loads a resource when it is used, not with the package", () => {
    const script = `
      const loaded = () => Object.keys(require.cache).filter((file) => file.includes("sdks/elasticstack/bin/")).length;
      const sdk = require("@pulumi/elasticstack");
      const before = loaded();
      sdk.ElasticsearchIndexTemplate;
      process.stdout.write(JSON.stringify([before, loaded()]));`;
    const [before, after] = JSON.parse(
      execFileSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" }),
    );
    // index, utilities, provider, package.json and the index files of config and types, which hold no code of a resource.
    assert.ok(before <= 9, `${before} files`);
    assert.equal(after, before + 1);
  });
});
