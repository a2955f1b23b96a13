import assert from "node:assert/strict";
import { relabelChartObject } from "../../components/kubernetes/labels";

const NAME = "app.kubernetes.io/name";
const COMPONENT = "app.kubernetes.io/component";
const PART_OF = "app.kubernetes.io/part-of";

describe("the labels of a chart's objects", () => {
  const deployment = {
    metadata: { name: "agent", labels: { [NAME]: "chart", [PART_OF]: "chart", other: "1" } },
    spec: {
      selector: { matchLabels: { [NAME]: "chart" } },
      template: { metadata: { labels: { [NAME]: "chart", [COMPONENT]: "agent" } }, spec: { containers: [] } },
    },
  };
  const relabelled = relabelChartObject(deployment, "tool");

  it("say which feature they are of, over the chart's own", () => {
    const labels: Record<string, string> = relabelled.metadata.labels;
    assert.deepEqual([labels[COMPONENT], labels[PART_OF], labels["other"]], ["tool", "security-stack", "1"]);
  });

  it("are on the pods too, which their selector still finds", () => {
    const { labels } = relabelled.spec.template.metadata as { labels: Record<string, string> };
    assert.deepEqual([labels[COMPONENT], labels[PART_OF]], ["tool", "security-stack"]);
    assert.equal(labels[NAME], relabelled.spec.selector.matchLabels[NAME]);
    assert.deepEqual(relabelled.spec.selector, deployment.spec.selector);
    assert.deepEqual(relabelled.spec.template.spec, deployment.spec.template.spec);
  });

  it("are complete where the chart gives none", () => {
    const { metadata } = relabelChartObject({ metadata: { name: "crd" } }, "tool");
    assert.deepEqual(Object.keys((metadata as { labels?: object }).labels ?? {}).length, 5);
  });
});
