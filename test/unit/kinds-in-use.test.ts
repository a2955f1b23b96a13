import assert from "node:assert/strict";
import type { Plan } from "../../components/core/plan/plan";
import { ClusterObjects, type ObjectMetadata } from "../../components/kubernetes/cluster-objects";
import { definitionOf, goingWith, lossOf } from "../../components/stack/kinds-in-use";

const OURS = { "app.kubernetes.io/part-of": "security-stack", "app.kubernetes.io/managed-by": "pulumi" };
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const KIND = "tracingpolicies.v1alpha1.cilium.io";
const LIST = "/apis/cilium.io/v1alpha1/tracingpolicies";
const object = (name: string, metadata: object = {}): ObjectMetadata => ({ metadata: { name, ...metadata } });
const definition = (metadata: object = { labels: OURS }) => object(definitionOf(KIND), metadata);

function planOf(contribution: object | undefined): Plan {
  const features = contribution ? [{ name: "sensor", contribution: { manifests: [], ...contribution } }] : [];
  return { platform: [], features } as unknown as Plan;
}

/** What would go with a sensor whose kind it is. */
async function going(
  lists: Record<string, ObjectMetadata[]>,
  {
    plan = planOf(undefined),
    kindsOfPeople = { ofCharts: [KIND] } as { ofCharts?: string[]; asObjects?: string[] },
  } = {},
): Promise<string[]> {
  const objects = new ClusterObjects(async (path) => lists[path]);
  return goingWith({ name: "sensor", kindsOfPeople }, plan, objects);
}

describe("kinds that an update deletes", () => {
  const inUse = {
    [DEFINITIONS]: [definition()],
    [LIST]: [object("ours", { labels: OURS }), object("theirs", { namespace: "shop" }), object("all")],
  };
  const theirs = ["tracingpolicies.cilium.io theirs in shop", "tracingpolicies.cilium.io all"];

  it("are in use where others have objects of them, by name", async () => {
    assert.deepEqual(await going(inUse), theirs);
    assert.deepEqual(await going(inUse, { kindsOfPeople: { asObjects: [KIND] } }), theirs);
  });

  it("are not where the definition is another's, is kept, or is not there", async () => {
    const kept = definition({ labels: OURS, annotations: { "helm.sh/resource-policy": "keep" } });
    for (const definitions of [[definition({ labels: { team: "others" } })], [kept], []])
      assert.deepEqual(await going({ ...inUse, [DEFINITIONS]: definitions }), []);
  });

  it("are those that the plan does not have: of a chart without it, of an object without that", async () => {
    const chart = planOf({ charts: [{}] });
    assert.deepEqual(await going(inUse, { plan: chart }), []);
    assert.deepEqual(await going(inUse, { plan: planOf({}) }), theirs);
    const asObjects = { kindsOfPeople: { asObjects: [KIND] } };
    assert.deepEqual(await going(inUse, { plan: chart, ...asObjects }), theirs);
    const crd = { kind: "CustomResourceDefinition", ...definition() };
    assert.deepEqual(await going(inUse, { plan: planOf({ customObjects: [crd] }), ...asObjects }), []);
  });

  it("are told of with thirty of the objects and how many more there are", () => {
    const titles = Array.from({ length: 40 }, (_, index) => `tracingpolicies.cilium.io p${index}`);
    const text = lossOf({
      feature: { name: "sensor", kindsOfPeople: { keptBy: "managed.keepCrds" } },
      titles,
    });
    assert.match(text, /kinds of sensor[\s\S]*p29\n- and 10 more\n[\s\S]*managed\.keepCrds: true/);
    assert.doesNotMatch(text, /p30/);
  });
});
