import assert from "node:assert/strict";
import { declared, type LiveObject } from "../support/stack/objects";

describe("what of a cluster is declared by the stack", () => {
  const labels = { "app.kubernetes.io/part-of": "security-stack" };
  const object = (kind: string, metadata: object = {}): LiveObject => ({
    apiVersion: "v1",
    kind,
    metadata: { name: "gateway", labels, ...metadata },
  });

  it("is neither what a controller owns nor the Endpoints that follow a Service's pods", () => {
    const objects = [object("Service"), object("Endpoints"), object("Pod", { ownerReferences: [{}] })];
    assert.deepEqual([...declared(objects).keys()], ["Service gateway"]);
  });

  it("has no field that the server sets", () => {
    const seen = object("Service", { uid: "1", resourceVersion: "2", creationTimestamp: "now" });
    assert.deepEqual(declared([seen]), declared([object("Service")]));
  });
});
