import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import type { ResourcePolicy, StackPolicy } from "../../policy-pack/pack/policy";
import { EXCEPTIONS } from "../../policy-pack/pack/privilege-exceptions";
import { probes } from "../../policy-pack/policies/probes";
import { container, fails, judge, passes, patched, pod, UNKNOWN } from "../support/policy/assertions";
import {
  collectorConfigMap,
  denyAll,
  goodContainer,
  goodCronJob,
  goodDaemonSet,
  goodDeployment,
  goodNamespace,
  goodStatefulSet,
  goodStore,
  NAMESPACE,
  object,
} from "../support/policy/policy-objects";

const FOLDER = path.join(__dirname, "..", "..", "policy-pack", "policies");

describe("the policy pack", () => {
  it("has a policy per file, named like it, and every file in its catalog", () => {
    const files = fs.readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ""));
    assert.deepEqual(POLICIES.map((policy) => policy.name).sort(), files.sort());
  });

  it("says of every policy what, how bad, how to mend it and what it serves", () => {
    for (const { name, rule, fix, frameworks } of POLICIES) {
      assert.match(rule, /^[A-Z].{20,}\.$/, name);
      assert.ok(fix.length > 20, name);
      for (const id of frameworks.nist) assert.match(id, /^(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{2}$/, name);
      for (const id of frameworks.iso) assert.match(id, /^[5-8]\.\d{1,2}$/, name);
      for (const id of frameworks.cis) assert.match(id, /^5\.[1-6]\.\d{1,2}$/, name);
      assert.ok(frameworks.nist.length > 0 && frameworks.iso.length > 0, name);
    }
  });

  it("has only kinds, labels and annotations in policies, and no tool's name", () => {
    const tools = ["falco", "tetragon", "osquery", "trivy", "otel_pipeline"];
    for (const file of fs.readdirSync(FOLDER)) {
      const code = fs.readFileSync(path.join(FOLDER, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      for (const tool of tools) assert.equal(code.includes(`"${tool}"`), false, `${file} names ${tool}`);
    }
  });

  it("has settings with a description and a default that fits", () => {
    for (const policy of POLICIES)
      for (const [key, schema] of Object.entries(policy.config ?? {}) as [string, { description: string }][])
        assert.match(schema.description, /^[A-Z].*\.$/, `${policy.name}.${key}`);
  });

  it("gives every exception a policy of the pack, a reason and a source", () => {
    const names = POLICIES.map((policy) => policy.name);
    for (const { labels, exceptions } of EXCEPTIONS) {
      assert.ok(Object.keys(labels).length > 1, "a name alone is easily taken by another");
      for (const { policy, items, reason, source } of exceptions) {
        assert.ok(names.includes(policy), policy);
        assert.ok(items.length > 0 && reason.length > 20 && source.length > 5, `${policy} ${items}`);
      }
    }
  });

  it("has no exception that somebody was to look at again by a day that has passed", () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const { labels, owner, until } of EXCEPTIONS) {
      assert.match(until, /^\d{4}-\d{2}-\d{2}$/);
      assert.ok(owner.length > 3 && until >= today, `${JSON.stringify(labels)}: ${owner}, ${until}`);
    }
  });

  it("finds nothing in objects that are as they should be", () => {
    const good = [
      goodNamespace(),
      denyAll(),
      goodDaemonSet(),
      goodDeployment(),
      goodStatefulSet(),
      goodCronJob(),
      collectorConfigMap("c"),
    ];
    for (const policy of POLICIES) passes(policy, good, { stackConfig: {} });
  });
});

describe("a waiver", () => {
  const bad = patched(goodDaemonSet(), container("livenessProbe"), undefined);
  const waiver = (rest: object = {}) => ({
    waivers: [
      {
        resource: `DaemonSet/${NAMESPACE}/agent`,
        reason: "until 1.3 has one",
        owner: "platform",
        expires: "2026-12-31",
        ...rest,
      },
    ],
  });

  it("turns the violation into advice until its last day, and says whose it is", () => {
    for (const today of ["2026-11-22", "2026-12-31"]) {
      const { violations, advice } = judge(probes, bad, { config: waiver(), today });
      assert.deepEqual(violations, []);
      assert.match(
        advice.join(),
        /waived until 2026-12-31 by platform: until 1.3 has one\nDaemonSet.*\n {2}found: {3}no probe/,
      );
    }
  });

  it("that has expired lets the violation through, and says so", () => {
    const { violations, advice } = judge(probes, bad, { config: waiver(), today: "2027-01-01" });
    assert.deepEqual(advice, []);
    assert.match(
      violations.join(),
      /found: {3}no probe[\s\S]*waiver: {2}of platform, expired on 2026-12-31: until 1.3 has one/,
    );
  });

  it("is for one resource", () => {
    fails(probes, bad, /no probe/, { config: waiver({ resource: `DaemonSet/${NAMESPACE}/other` }) });
  });

  it("that is valid wins over one that is not", () => {
    const { waivers } = waiver();
    const config = { waivers: [...waiver({ expires: "2020-01-01" }).waivers, ...waivers] };
    assert.deepEqual(judge(probes, bad, { config }).violations, []);
  });

  it("of the stack is for what only all resources together show", () => {
    const policy = POLICIES.find(({ name }) => name === "node-budget")!;
    const heavy = patched(goodDaemonSet(), container("resources", "requests", "cpu"), "3");
    const { violations, advice } = judge(policy, [heavy], { config: waiver({ resource: "stack" }) });
    assert.deepEqual([violations.length, advice.length], [0, 1]);
  });
});

describe("a refusal", () => {
  const bad = patched(goodDaemonSet(), container("livenessProbe"), undefined);

  it("says whose levels hold and why, where the command that chose them told the pack", () => {
    const levels = 'prod: the stack\'s name "acme" begins with none of dev, stage, prod';
    const [message = ""] = judge(probes, bad, { levels }).violations;
    assert.match(
      message,
      /\n {2}fix: {5}.+\n {2}levels: {2}of prod: the stack's name "acme" begins with none/,
    );
    assert.equal(judge(probes, bad).violations.join().includes("levels:"), false);
  });
});

describe("a policy that stumbles", () => {
  const stumbling: ResourcePolicy = {
    ...(probes as ResourcePolicy),
    check: () => {
      throw new TypeError("x is not iterable");
    },
  };

  it("is a violation, never an exception that ends the preview", () => {
    fails(stumbling, goodDaemonSet(), /found: {3}the policy could not read the resource: x is not iterable/);
    const stack: StackPolicy = {
      ...stumbling,
      checkStack: () => stumbling.check(undefined as never, undefined as never, {}),
    };
    fails(stack, [goodDaemonSet()], /the stack\n.*x is not iterable/);
  });
});

describe("every policy, on resources of any shape,", () => {
  const odd = [undefined, null, "", "text", 3, true, [], {}, [null], [[]], { a: null }, UNKNOWN];
  const RBAC = "rbac.authorization.k8s.io/v1";
  const places: [object, (string | number)[][]][] = [
    [
      goodDaemonSet(),
      [
        ["metadata"],
        ["metadata", "labels"],
        ["metadata", "annotations"],
        ["metadata", "name"],
        ["metadata", "namespace"],
        ["spec"],
        ["spec", "template"],
        ["spec", "template", "metadata", "labels"],
        pod(),
        pod("securityContext"),
        pod("containers"),
        pod("initContainers"),
        pod("ephemeralContainers"),
        pod("volumes"),
        pod("tolerations"),
        pod("nodeSelector"),
        pod("affinity"),
        container("resources"),
        container("resources", "limits"),
        container("securityContext"),
        container("securityContext", "capabilities"),
        container("env"),
        container("ports"),
        container("volumeMounts"),
        container("image"),
        container("name"),
      ],
    ],
    [
      goodStatefulSet(),
      [
        ["spec", "replicas"],
        ["spec", "volumeClaimTemplates"],
        ["spec", "serviceName"],
      ],
    ],
    [
      goodCronJob(),
      [
        ["spec", "jobTemplate"],
        ["spec", "jobTemplate", "spec", "template", "spec"],
      ],
    ],
    [
      goodStore(),
      [
        ["spec", "nodeSets"],
        ["spec", "nodeSets", 0, "podTemplate"],
        ["spec", "nodeSets", 0, "count"],
        ["status"],
      ],
    ],
    [
      denyAll(),
      [
        ["spec", "podSelector"],
        ["spec", "policyTypes"],
        ["spec", "ingress"],
      ],
    ],
    [collectorConfigMap("c"), [["data"], ["data", "config.yaml"]]],
    [object(RBAC, "ClusterRole", "r", { rules: [{}] }), [["rules"], ["rules", 0], ["rules", 0, "verbs"]]],
    [object(RBAC, "RoleBinding", "r"), [["subjects"], ["roleRef"]]],
    [object("v1", "Service", "s"), [["spec"], ["spec", "ports"], ["spec", "selector"]]],
    [
      object("policy/v1", "PodDisruptionBudget", "p"),
      [["spec"], ["spec", "selector"], ["spec", "minAvailable"]],
    ],
  ];
  const broken = places.flatMap(([base, paths]) =>
    paths.flatMap((place) => odd.map((value) => ({ place, value, object: patched(base, place, value) }))),
  );

  for (const policy of POLICIES)
    it(`${policy.name} reads them and never throws`, () => {
      for (const { place, value, object } of broken) {
        const { violations } = judge(policy, [goodDeployment("server", 2), object], { stackConfig: {} });
        const stumbled = violations.filter((message) => message.includes("could not read the resource"));
        assert.deepEqual(stumbled, [], `${place.join(".")} = ${JSON.stringify(value)}`);
      }
    });

  it("judges the containers around one that it can't know", () => {
    const unknown = patched(goodContainer(), ["image"], UNKNOWN);
    const second = patched(goodContainer(), ["securityContext"], { privileged: true });
    const both = patched(goodDaemonSet(), pod("containers"), [
      unknown,
      { ...second, name: "two", image: "evil.example/b:1" },
    ]);
    const registries = POLICIES.find(({ name }) => name === "allowed-registries")!;
    const { violations, advice } = judge(registries, both);
    assert.match(violations.join(), /container two/);
    assert.match(advice.join(), /not checked: .*containers\.0\.image/);
  });
});
