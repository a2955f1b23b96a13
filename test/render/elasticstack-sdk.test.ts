import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprints, generateSdk, SDK_FOLDER } from "../../tools/generate/sdk/generate";

describe("the SDK of the Elastic provider", function () {
  this.timeout(120_000);

  it("is what the real provider's schema gives (else: npm run sdk:elasticstack)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "security-stack-sdk-"));
    try {
      await generateSdk(folder);
      assert.deepEqual(fingerprints(SDK_FOLDER), fingerprints(folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
