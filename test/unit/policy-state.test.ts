import { crdInStack } from "../../policy-pack/policies/crd-in-stack";
import { dataProtected } from "../../policy-pack/policies/data-protected";
import { keepVolumeClaims } from "../../policy-pack/policies/keep-volume-claims";
import { noRetainedObjects } from "../../policy-pack/policies/no-retained-objects";
import { opaqueResources } from "../../policy-pack/policies/opaque-resources";
import { fails, isNotChecked, passes, patched, UNKNOWN } from "../support/policy/assertions";
import {
  goodDaemonSet,
  goodDeployment,
  goodStatefulSet,
  goodStore,
  object,
} from "../support/policy/policy-objects";

const claim = object("v1", "PersistentVolumeClaim", "data");
const annotated = (base: object, annotations: unknown) =>
  patched(base, ["metadata", "annotations"], annotations);
const DISPOSABLE = { "security-stack/disposable-data": "a cache" };
const definition = (group: string, kind: string) =>
  object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `${kind}s.${group}`, {
    spec: { group, names: { kind } },
  });

describe("policy no-retained-objects", () => {
  const policy = noRetainedObjects;
  const keep = { "helm.sh/resource-policy": "keep" };

  it("passes what goes with the stack, and definitions that are kept", () => {
    passes(policy, [goodDaemonSet(), annotated(definition("a.b", "C"), keep)]);
    passes(policy, annotated(goodDaemonSet(), { "pulumi.com/deletionPropagationPolicy": "foreground" }));
  });

  it("fails for what would stay behind", () => {
    fails(
      policy,
      annotated(claim, keep),
      /helm.sh\/resource-policy: keep\n {2}allowed: kept: CustomResourceDefinition/,
    );
    fails(
      policy,
      annotated(goodDaemonSet(), { "pulumi.com/deletionPropagationPolicy": "Orphan" }),
      /deletionPropagationPolicy: orphan/,
    );
  });

  it("takes another list", () => {
    fails(policy, annotated(definition("a.b", "C"), keep), /kept: nothing/, { config: { keptKinds: [] } });
  });

  it("is not checked where the annotations are unknown", () => {
    isNotChecked(policy, annotated(claim, UNKNOWN), /metadata\.annotations/);
  });
});

describe("policy crd-in-stack", () => {
  const policy = crdInStack;

  it("passes custom objects whose definition is in the stack, and Kubernetes' own kinds", () => {
    passes(policy, [goodStore(), definition("store.example", "Store"), goodDaemonSet()]);
    passes(policy, [
      object("networking.k8s.io/v1", "Ingress", "i"),
      object("helm.sh/v4", "Chart", "c"),
      object("yaml/v2", "ConfigGroup", "g"),
    ]);
    passes(policy, [goodStore()], { config: { externalGroups: ["store.example"] } });
  });

  it("takes a template of constraints for the definition of their kind, and of no other group's", () => {
    const template = {
      ...object("templates.policy.example/v1", "ConstraintTemplate", "t"),
      spec: { crd: { spec: { names: { kind: "NoRoot" } } } },
    };
    const both = [definition("templates.policy.example", "ConstraintTemplate"), template];
    passes(policy, [...both, object("constraints.policy.example/v1", "NoRoot", "n")]);
    fails(policy, [...both, object("other.example/v1", "NoRoot", "n")], /without/);
  });

  it("fails for a custom object without its definition", () => {
    fails(
      policy,
      [goodStore()],
      /Store\/security-system\/elasticsearch\n {2}found: {3}store.example\/Store without/,
    );
    fails(policy, [goodStore(), definition("store.example", "Other")], /without/);
    fails(policy, [goodStore(), definition("other.example", "Store")], /without/);
    const namesake = { ...definition("store.example", "Store"), apiVersion: "apps/v1", kind: "Deployment" };
    fails(policy, [goodStore(), namesake], /without/);
    fails(
      policy,
      [object("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "s")],
      /snapshot.storage.k8s.io\/VolumeSnapshot/,
    );
  });

  it("is not checked where a definition's group is unknown", () => {
    const unknown = patched(definition("x.y", "X"), ["spec", "group"], UNKNOWN);
    isNotChecked(policy, [unknown], /spec\.group/);
  });
});

describe("policy data-protected", () => {
  const policy = dataProtected;

  it("passes what Pulumi refuses to delete, and what holds no data", () => {
    passes(policy, [claim, goodStore()], { protect: true });
    passes(policy, [goodDaemonSet(), goodStatefulSet(), annotated(claim, DISPOSABLE)]);
    passes(policy, patched(goodStore(), ["spec", "nodeSets", 0, "volumeClaimTemplates"], []));
  });

  it("fails for data without protection", () => {
    fails(policy, claim, /PersistentVolumeClaim\/security-system\/data\n {2}found: {3}protect: false/);
    fails(policy, goodStore(), /Store\/security-system\/elasticsearch/);
  });

  it("passes a deletion that is confirmed by name", () => {
    const config = { confirmedDeletions: ["Store/security-system/elasticsearch"] };
    passes(policy, goodStore(), { config });
    fails(policy, claim, /protect: false/, { config });
  });

  it("is not checked where it can't be seen whether it holds data", () => {
    isNotChecked(policy, patched(goodStore(), ["spec", "nodeSets"], UNKNOWN), /spec\.nodeSets/);
  });
});

describe("policy keep-volume-claims", () => {
  const policy = keepVolumeClaims;
  const retention = (whenDeleted: unknown) =>
    patched(goodStatefulSet(), ["spec", "persistentVolumeClaimRetentionPolicy"], { whenDeleted });

  it("passes claims that outlive their object", () => {
    passes(policy, [goodStore(), goodStatefulSet(), retention("Retain"), goodDeployment(), claim]);
    passes(policy, patched(goodStore(), ["spec"], { podTemplate: {} }));
  });

  it("fails for claims that go with it, by word or by the operator's default", () => {
    fails(policy, retention("Delete"), /persistentVolumeClaimRetentionPolicy.whenDeleted: Delete/);
    fails(
      policy,
      patched(goodStore(), ["spec", "volumeClaimDeletePolicy"], undefined),
      /volumeClaimDeletePolicy: nothing\n {2}allowed: DeleteOnScaledownOnly/,
    );
    fails(
      policy,
      patched(goodStore(), ["spec", "volumeClaimDeletePolicy"], "DeleteOnScaledownAndClusterDeletion"),
      /AndClusterDeletion/,
    );
  });

  it("passes data that may go, by annotation or by the list of exceptions", () => {
    passes(policy, annotated(retention("Delete"), DISPOSABLE));
    passes(policy, patched(retention("Delete"), ["metadata", "labels", "app.kubernetes.io/name"], "gateway"));
  });

  it("takes another operator's field", () => {
    const config = { operatorField: "reclaim", keeping: ["Keep"] };
    passes(policy, patched(goodStore(), ["spec", "reclaim"], "Keep"), { config });
    fails(policy, goodStore(), /reclaim: nothing/, { config });
  });

  it("is not checked where the operator's field is unknown", () => {
    isNotChecked(
      policy,
      patched(goodStore(), ["spec", "volumeClaimDeletePolicy"], UNKNOWN),
      /volumeClaimDeletePolicy/,
    );
    isNotChecked(policy, retention(UNKNOWN), /whenDeleted/);
  });
});

describe("policy opaque-resources", () => {
  const policy = opaqueResources;
  const chart = object("helm.sh/v4", "Chart", "c");
  const CHART = "urn:pulumi:test::security-stack::kubernetes:helm.sh/v4:Chart::c";

  it("passes objects, and charts that show theirs", () => {
    passes(policy, [goodDaemonSet(), goodStore()]);
    passes(policy, [chart, { ...goodDaemonSet(), $opts: { parent: CHART } }]);
  });

  it("fails for what hides its objects, and calls it not checked", () => {
    fails(
      policy,
      [object("helm.sh/v3", "Release", "r")],
      /Release\/security-system\/r\n {2}found: {3}not checked: the objects of a Helm release/,
    );
    fails(policy, [object("v1", "ConfigMapList", "l")], /a list hides its objects/);
    fails(policy, [object("apps/v1", "DaemonSetPatch", "p")], /a patch shows its own fields/);
  });

  it("fails for a chart whose values a preview does not know: it shows no object", () => {
    fails(
      policy,
      [chart],
      /Chart\/security-system\/c\n {2}found: {3}not checked: this Chart shows no object/,
    );
    const unknown = patched(chart, ["values"], UNKNOWN);
    fails(policy, [unknown], /found: {3}not checked: this Chart shows no object/);
    fails(
      policy,
      [object("yaml/v2", "ConfigGroup", "g"), goodDaemonSet()],
      /this ConfigGroup shows no object/,
    );
    passes(policy, [object("helm.example/v1", "Chart", "c")]);
  });
});
