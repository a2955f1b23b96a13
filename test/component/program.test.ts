import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";

describe("the program, of a config that is wrong", () => {
  it("ends with a RunError that has a message and no stack, which the language host would spend seconds on", async () => {
    pulumi.runtime.setAllConfig({ "security-stack:global": "{}" });
    const program = require("../..") as () => Promise<unknown>;
    const error: Error = await program().then(
      () => assert.fail("no error"),
      (thrown) => thrown,
    );
    assert.ok(pulumi.RunError.isInstance(error));
    assert.match(error.message, /CFG004 security-stack:global\.clusterName/);
    assert.equal(error.stack, "");
  });
});
