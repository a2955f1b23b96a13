import assert from "node:assert/strict";
import { secretInArguments, secretInText } from "../../policy-pack/kubernetes/clear-secrets";

describe("looking for secrets in a text", () => {
  // CPU time, which a busy machine does not change; an expression that backtracks would take hours of it.
  it("takes no more time for one that is made to take it", function () {
    this.timeout(120_000);
    const before = process.cpuUsage();
    for (const part of [
      "a://:",
      '"',
      "{ ",
      "-----BEGIN PRIVATE KEY-----",
      'password="',
      "a.",
      "--a ",
      "\n ",
      "<a>",
      "x=",
      "eyJ",
    ]) {
      const text = part.repeat(200_000 / part.length);
      secretInText("x", text);
      secretInArguments([text]);
    }
    const { user } = process.cpuUsage(before);
    console.log(user / 1e6);
    assert.ok(user < 20_000_000, `${user / 1e6} s`);
  });
});
