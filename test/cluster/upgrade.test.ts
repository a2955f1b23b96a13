import assert from "node:assert/strict";
import { Deployment } from "../support/stack/deployment";
import { INTENDED_CHANGES } from "../support/upgrade/intended-changes";
import { appliedObjects, leftState } from "../support/upgrade/left-state";
import { differences, type Preview, readPreview } from "../support/upgrade/preview-changes";
import { putObjects } from "../support/upgrade/put-objects";

// A resource that gets another URN is made anew: with an Elasticsearch, that is its data. Only the real engine and
// provider know what they would do with a state that an earlier program left.
describe("an upgrade from the state that commit d45a839 left", function () {
  this.timeout(300_000);
  let deployment: Deployment;
  let preview: Preview;

  before(async () => {
    deployment = await Deployment.start({ name: "test-upgrade", asConfigured: true });
    const state = leftState("d45a839", deployment.cluster.kubeconfigPath);
    await putObjects(deployment.api, appliedObjects(state));
    await deployment.importState(state);
    preview = readPreview(await deployment.run("preview", ["--json"]));
  });
  after(() => deployment?.stop());

  it("knows what is there under the same URNs", () => {
    assert.ok(preview.same > 80, `only ${preview.same} resources are the same`);
    const kinds = preview.changes.map(({ operation }) => operation);
    for (const kind of ["delete", "replace"]) assert.ok(!kinds.includes(kind), kinds.join(", "));
  });

  it("changes what it is meant to, and nothing else", () => {
    assert.deepEqual(differences(preview.changes, INTENDED_CHANGES), { unintended: [], missing: [] });
  });
});
