import assert from "node:assert/strict";
import { stringify } from "yaml";
import { type Plan, plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { admissionOf, judgeByAdmission } from "../../tools/cli/admission-check";
import { asObject, type Fields, pod } from "../support/admission/samples";
import { issuesOf, settingsOf } from "../support/stack/config";

const EXCEPTION = {
  reason: "speaks a protocol that the mesh does not carry",
  owner: "payments",
  until: "2030-01-31",
  namespace: "shop",
  labels: { app: "legacy", tier: "queue" },
  admission: "mesh-bypass",
};
const BYPASS = { "istio.io/dataplane-mode": "none" };
const LEGACY = pod({}, {}, { labels: { ...EXCEPTION.labels, ...BYPASS } });

function stackWith(features: readonly object[], exceptions: readonly object[] = [EXCEPTION]): string {
  return stringify({
    global: { clusterName: "test" },
    output: { elasticsearch: { endpoints: ["https://elastic.example:9200"] } },
    features: [{ name: "otel_pipeline" }, ...features],
    exceptions,
  });
}
const planned = (...given: Parameters<typeof stackWith>) => plan(settingsOf(stackWith(...given), FEATURES));
const of = ({ features }: Plan, name: string) => features.find((one) => one.name === name)!.contribution;

const ADMISSION = { name: "pod_admission" };
const GATEKEEPER = { name: "gatekeeper" };

describe("exceptions of admission rules", () => {
  const denialsOf = (object: object, exceptions: readonly object[] = [EXCEPTION]) =>
    judgeByAdmission(
      [object],
      admissionOf("the stack", settingsOf(stackWith([ADMISSION], exceptions), FEATURES)),
      "default",
    ).map(({ rule }) => rule);

  it("let the pods be that they name, and what makes them", () => {
    assert.deepEqual(denialsOf(asObject(LEGACY, "a", "shop"), []), ["mesh-bypass"]);
    assert.deepEqual(denialsOf(asObject(LEGACY, "a", "shop")), []);
    const template = { metadata: LEGACY.metadata, spec: LEGACY.spec };
    const metadata = { name: "a", namespace: "shop" };
    assert.deepEqual(
      denialsOf({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } }),
      [],
    );
  });

  it("let nothing else be: another namespace, a label less, the labels on what makes the pods, another rule", () => {
    assert.deepEqual(denialsOf(asObject(LEGACY, "a", "web")), ["mesh-bypass"]);
    const { tier: _, ...fewer } = EXCEPTION.labels;
    const labelled = (labels: Fields) => pod({}, {}, { labels: { ...labels, ...BYPASS } });
    assert.deepEqual(denialsOf(asObject(labelled(fewer), "a", "shop")), ["mesh-bypass"]);
    const template = { metadata: labelled({}).metadata, spec: LEGACY.spec };
    const metadata = { name: "a", namespace: "shop", labels: EXCEPTION.labels };
    assert.deepEqual(denialsOf({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } }), [
      "mesh-bypass",
    ]);
    const onHost = pod({}, { hostNetwork: true }, LEGACY.metadata);
    assert.deepEqual(denialsOf(asObject(onHost, "a", "shop")), ["host-namespaces"]);
  });

  it("hold wherever the rule is judged, by the same text", () => {
    const from = planned([ADMISSION, GATEKEEPER]);
    const found = (text: string) =>
      /\(dyn\(object\)\.metadata[^?]*\?namespace[^"]*\\?"\\?"\) == .*? \? \[\] : /.exec(text)?.[0];
    const policies = of(from, "pod_admission").manifests?.filter(
      ({ kind, metadata }) =>
        kind === "ValidatingAdmissionPolicy" && metadata.name === "security-stack-mesh-bypass",
    );
    const templates = of(from, "gatekeeper").customObjects?.filter(
      ({ metadata }) => metadata.name === "securitystackmeshbypass",
    );
    const text = found(JSON.stringify(policies));
    assert.match(text ?? "", /shop.*app.*legacy.*tier.*queue/);
    assert.equal(found(JSON.stringify(templates)), text);
    assert.equal(found(JSON.stringify(of(from, "pod_admission").manifests).replace(text!, "")), undefined);
    assert.deepEqual(
      from.exceptions?.map(({ appliedBy, unseen }) => [
        appliedBy.map(({ feature }) => feature).sort(),
        unseen,
      ]),
      [
        [
          ["gatekeeper", "pod_admission"],
          "what the rule mesh-bypass refuses, of the pods with namespace shop, labels app=legacy,tier=queue",
        ],
      ],
    );
  });

  it("have no effect where nothing judges by the rule, and after their day", () => {
    const off = { ...ADMISSION, config: { rules: { "mesh-bypass": "off" } } };
    for (const features of [[], [off]])
      assert.ok(planned(features).warnings.some((line) => /exceptions\[0\].*has no effect/.test(line)));
    const ended = [{ ...EXCEPTION, until: "2020-01-31" }];
    assert.deepEqual(denialsOf(asObject(LEGACY, "a", "shop"), ended), ["mesh-bypass"]);
    assert.ok(planned([ADMISSION], ended).warnings.some((line) => /exceptions\[0\] ended/.test(line)));
  });

  it("are in no filter of events", () => {
    const pipeline = (exceptions: readonly object[]) =>
      of(planned([ADMISSION, { name: "falco" }], exceptions), "otel_pipeline").manifests;
    assert.deepEqual(pipeline([EXCEPTION]), pipeline([]));
  });

  const BAD: Record<string, object> = {
    "a rule that does not exist": { admission: "root" },
    "a rule that keeps Kubernetes' own pods out of a mesh": { admission: "mesh-system" },
    "a rule about other objects": { admission: "service-entries" },
    "every namespace": { namespace: undefined },
    "namespaces by a pattern": { namespace: "shop-*" },
    "all pods": { labels: undefined },
    "no label": { labels: {} },
    "a label that would be CEL": { labels: { app: '" || true || "' } },
    "a port too": { port: 9090 },
    "a tool": { tool: "falco" },
    "an image": { image: "registry.example/legacy" },
    "what is muted": { effect: "mute" },
    "no reason": { reason: undefined },
    "no owner": { owner: undefined },
    "no end": { until: undefined },
  };
  for (const [title, change] of Object.entries(BAD))
    it(`are refused for ${title}`, () => {
      const [issue] = issuesOf(stackWith([ADMISSION], [{ ...EXCEPTION, ...change }]), FEATURES);
      assert.match(issue?.path ?? "", /exceptions\[0\]/);
    });
});
