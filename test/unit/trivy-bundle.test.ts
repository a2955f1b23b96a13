import assert from "node:assert/strict";
import * as fs from "node:fs";
import { BUNDLE_FILE, bundleReporter } from "../../tools/generate/trivy-bundle";

describe("the bundle of the Trivy reporter", () => {
  const bundle = fs.readFileSync(BUNDLE_FILE, "utf8");

  it("is what its sources make; else run `npm run trivy:bundle`", async () => {
    assert.equal(bundle, await bundleReporter());
  });

  it("needs nothing but Node", () => {
    const required = [...bundle.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1]!);
    assert.ok(required.length > 0);
    for (const module of required) assert.match(module, /^node:/);
  });

  it("fits into a ConfigMap with room to spare", () => {
    assert.ok(Buffer.byteLength(bundle) < 256 * 1024);
  });
});
