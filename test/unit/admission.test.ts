import assert from "node:assert/strict";
import { plan } from "../../components/core/plan/plan";
import { RULE_NAMES } from "../../components/kubernetes/admission-rules";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";
import { knownViolations } from "../../components/pod-admission/known-violations";
import { FEATURES } from "../../components/registry";
import { MINIMAL, settingsOf } from "../support/stack/config";

const planned = (config: object) => admissionManifests(admissionSchema.parse(config), ["kube-system"]);

function bindings(config: object) {
  return planned(config).flatMap((m) => (m.kind === "ValidatingAdmissionPolicyBinding" ? [m] : []));
}

describe("admission rules in the plan", () => {
  it("are all in dryrun by default, but for those that need a list", () => {
    const all = bindings({});
    assert.equal(all.length, RULE_NAMES.length - 2);
    for (const { spec } of all) assert.deepEqual(spec?.validationActions, ["Audit"]);
  });

  it("leave a rule out that is off", () => {
    assert.doesNotMatch(JSON.stringify(planned({ rules: { privileged: "off" } })), /stack-privileged/);
  });

  it("have a rule's stage, and a namespace's over it", () => {
    const [general, own] = bindings({
      stage: "warn",
      rules: { resources: "deny" },
      namespaces: { shop: "dryrun" },
    });
    assert.deepEqual(general?.spec?.validationActions, ["Deny", "Audit"]);
    assert.match(JSON.stringify(general), /"NotIn","values":\["kube-system","shop"\]/);
    assert.deepEqual(own?.spec?.validationActions, ["Audit"]);
    assert.match(JSON.stringify(own), /"In","values":\["shop"\]/);
  });

  const BAD: Record<string, object> = {
    "a stage that does not exist": { stage: "enforce" },
    "a rule that does not exist": { rules: { root: "deny" } },
    "a rule's stage that does not exist": { rules: { privileged: "audit" } },
    "a namespace's stage that does not exist": { namespaces: { shop: "off" } },
    "a namespace that can't be": { namespaces: { Shop: "deny" } },
    "a namespace excluded twice": { excludeNamespaces: ["a", "a"] },
    "a namespace with a stage that is excluded": { namespaces: { a: "deny" }, excludeNamespaces: ["a"] },
    "the rule of registries without one": { rules: { registries: "deny" } },
    "the rule of hosts without one": { rules: { "service-entries": "deny" } },
    "a host that is a wildcard alone": { egressHosts: ["*"] },
    "a host with a wildcard in it": { egressHosts: ["api.*.example.com"] },
    "a host with a port": { egressHosts: ["api.example.com:443"] },
    "an address as a host": { egressHosts: ["https://api.example.com"] },
    "a registry with a scheme": { registries: ["https://registry.example"] },
    "an unknown key": { auditInterval: 60 },
  };
  for (const [title, config] of Object.entries(BAD))
    it(`refuse ${title}`, () => assert.equal(admissionSchema.safeParse(config).success, false));
});

describe("violations that an audit knows when a rule is to deny", () => {
  const PATH = "/apis/constraints.gatekeeper.sh/v1beta1/securitystackprivileged";
  const violation = (name: string) => ({ namespace: "shop", name, kind: "Pod", message: "found: main" });
  const list = (...statuses: unknown[]) => JSON.stringify({ items: statuses.map((status) => ({ status })) });
  const linesOf = (config: string, answers: Record<string, string | undefined>) =>
    knownViolations(
      plan(
        settingsOf(`${MINIMAL}features: [{name: pod_admission, enabled: true, config: ${config}}]`, FEATURES),
      ),
      FEATURES,
      async (path) => answers[path],
    );

  it("are told with their count, and some by name", async () => {
    const found = { totalViolations: 3, violations: ["a", "b", "c"].map(violation) };
    const answers = { [PATH]: list(found, { totalViolations: 2, violations: [violation("d")] }, undefined) };
    assert.deepEqual(await linesOf("{rules: {privileged: deny}}", answers), [
      "pod_admission denies by the rule privileged, and the audit of what is there counts 5 violations of it: shop/a, shop/b, shop/c, 2 more. They run on, and are refused when they are made again.",
    ]);
    assert.equal((await linesOf("{namespaces: {shop: deny}}", answers)).length, 1);
  });

  it("are not told of a rule that does not deny, or where nothing audits or none is found", async () => {
    const some = { [PATH]: list({ totalViolations: 1, violations: [violation("a")] }) };
    assert.deepEqual(await linesOf("{stage: warn}", some), []);
    for (const answer of [undefined, list(), list({}), '{"kind":"Status"}'])
      assert.deepEqual(await linesOf("{stage: deny}", { [PATH]: answer }), []);
  });
});
