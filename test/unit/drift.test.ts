import assert from "node:assert/strict";
import { differencesOf } from "../../tools/cli/drift";
import { readDrift } from "../../tools/cli/drift-report";

const URN =
  "urn:pulumi:dev::security-stack::security-stack:index:SecurityStack$kubernetes:core/v1:Secret::secret/x";

function step(op: string, id: string, type: string, detailedDiff?: object, custom = true) {
  return { op, urn: URN, oldState: { custom, id, type }, detailedDiff };
}

function written(...steps: object[]): string {
  return `warning: something {odd}\n${JSON.stringify({ steps })}\n`.replace("{odd}", "odd");
}

describe("differences in a comparison's output", () => {
  it("are objects that are gone or changed; not components, refreshed ones and the same", () => {
    const output = written(
      step("same", "a/b", "kubernetes:core/v1:ConfigMap"),
      step("refresh", "a/c", "kubernetes:core/v1:ConfigMap"),
      step("update", "", "pulumi:pulumi:Stack", {}, false),
      step("delete", "a/d", "kubernetes:apps/v1:DaemonSet"),
      step("update", "a/e", "kubernetes:core/v1:Secret", { "data.key": {}, "data.other": {} }),
    );
    assert.deepEqual(readDrift(output), [
      { object: "DaemonSet a/d", what: "deleted" },
      { object: "Secret a/e", what: "changed: data.key, data.other" },
    ]);
  });

  it("name a list once and count what is too much", () => {
    const diff = Object.fromEntries(["a[0]", "a[1].x", "b", "c", "d", "e", "f"].map((path) => [path, {}]));
    assert.equal(
      readDrift(written(step("update", "x", "a:b:C", diff)))?.[0]?.what,
      "changed: a, b, c, d and 2 more",
    );
  });

  it("are not known where Pulumi failed or wrote nothing", () => {
    const failed = {
      code: 255,
      stdout: "",
      stderr: "error: the stack is currently locked",
      interrupted: false,
    };
    assert.throws(() => differencesOf(failed), /The comparison failed: error: the stack is currently locked/);
    assert.throws(() => differencesOf({ ...failed, code: 0, stderr: "" }), /comparison failed/);
  });
});
