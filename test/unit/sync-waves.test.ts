import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { plan, plannedObjects } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { copyWithoutSecrets } from "../../tools/cli/render";
import { definedKinds, waveOf } from "../../tools/cli/sync-waves";
import { MINIMAL, settingsOf } from "../support/stack/config";

const WAVE = "argocd.argoproj.io/sync-wave";
const definition = (kind: string, group: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.toLowerCase()}s.${group}` },
  spec: { group, names: { kind } },
});
const DEFINED = [definition("ConstraintTemplate", "templates.gatekeeper.sh")];

describe("waves of rendered manifests", () => {
  let all: string;
  before(() => {
    all = fs.mkdtempSync(path.join(os.tmpdir(), "sync-waves-"));
  });
  after(() => fs.rmSync(all, { recursive: true }));

  it("have definitions before programs, programs before templates, and templates before constraints", () => {
    const objects: Record<string, object> = {
      crd: DEFINED[0]!,
      namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } },
      pod: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a", annotations: { own: "kept" } },
      },
      template: {
        apiVersion: "templates.gatekeeper.sh/v1",
        kind: "ConstraintTemplate",
        metadata: { name: "a", annotations: { own: "kept" } },
        // Texts that another reader would take for something else.
        spec: { long: "word ".repeat(100), yes: "yes", number: "012", lines: "a\n  b\n" },
      },
      constraint: { apiVersion: "constraints.gatekeeper.sh/v1beta1", kind: "A", metadata: { name: "a" } },
      given: {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "b", annotations: { [WAVE]: "-5" } },
      },
    };
    const rendered = path.join(all, "rendered");
    fs.mkdirSync(rendered);
    for (const [name, object] of Object.entries(objects))
      fs.writeFileSync(path.join(rendered, `${name}.yaml`), stringify(object));
    copyWithoutSecrets(rendered, path.join(all, "kept"));
    const waves = Object.entries(objects).map(([name, object]) => {
      const text = fs.readFileSync(path.join(all, "kept", `${name}.yaml`), "utf8");
      const { metadata, ...rest } = parse(text) as { metadata: { annotations?: Record<string, string> } };
      const { [WAVE]: wave, ...annotations } = metadata.annotations ?? {};
      const { metadata: before, ...unchanged } = object as { metadata: { annotations?: object } };
      assert.deepEqual(rest, unchanged);
      if (before.annotations && name !== "given") assert.deepEqual(annotations, before.annotations);
      return `${name} ${wave ?? "0"}`;
    });
    assert.deepEqual(waves, ["crd -1", "namespace -1", "pod 0", "template 1", "constraint 2", "given -5"]);
  });

  it("keep the order that the stack has for its own objects", () => {
    const stack = `${MINIMAL}features: [{name: gatekeeper, enabled: true}, {name: pod_admission, enabled: true}]`;
    const objects = plannedObjects(plan(settingsOf(stack, FEATURES)));
    const wave = (object: object) => waveOf(object, definedKinds(DEFINED));
    const of = (apiVersion: RegExp) =>
      objects.filter((object) => apiVersion.test(object.apiVersion)).map(wave);
    assert.deepEqual([...new Set(of(/^templates\.gatekeeper/))], [1]);
    assert.deepEqual([...new Set(of(/^constraints\.gatekeeper/))], [2]);
    assert.deepEqual([...new Set(of(/^admissionregistration/))], [0]);
  });
});
