import assert from "node:assert/strict";
import { RULE_NAMES } from "../../components/kubernetes/admission-rules";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";

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
