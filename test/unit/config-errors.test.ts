import assert from "node:assert/strict";
import type { ConfigErrorCode } from "../../components/core/config/config-error";
import type { Tests } from "../../components/core/config/envelope-schema";
import { defineFeature } from "../../components/core/contract/feature";
import { FEATURES } from "../../components/registry";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";
import { toyFeature } from "../support/toy/toy-feature";

const A = toyFeature("a", { requires: ["b"], workloads: ["toy-a"] });
const B = toyFeature("b", { requires: ["a"], workloads: ["toy-b"] });
const NEEDY = toyFeature("needy", { requires: ["toy"], workloads: ["toy-needy"] });
const REGISTRY = [toyFeature("toy"), A, B, NEEDY, ...FEATURES];

interface Case {
  what: string;
  config: string;
  code: ConfigErrorCode;
  path: string;
  /** Text that some line of the issue must have. */
  says?: string;
}

const GLOBAL = "global: {clusterName: dev}\n";
const OUTPUT = 'output: {elasticsearch: {endpoints: ["https://es.example:9200"]}}\n';

/** A case whose config is the minimal one and this. */
function add(code: ConfigErrorCode, path: string, config: string, says?: string): Case {
  return {
    what: config.replace(/\s+/g, " ").trim(),
    config: MINIMAL + config,
    code,
    path: `security-stack:${path}`,
    says,
  };
}

function global(code: ConfigErrorCode, path: string, entries: string, says?: string): Case {
  const config = `global: {${entries}}\n${OUTPUT}`;
  return { what: `global: {${entries}}`, config, code, path: `security-stack:${path}`, says };
}

function output(code: ConfigErrorCode, path: string, entries: string, says?: string): Case {
  const config = `${GLOBAL}output: {${entries}}\n`;
  return { what: `output: {${entries}}`, config, code, path: `security-stack:${path}`, says };
}

function elastic(code: ConfigErrorCode, path: string, entries: string, says?: string): Case {
  return output(code, `output.elasticsearch.${path}`, `elasticsearch: {${entries}}`, says);
}

const ENDPOINT = 'endpoints: ["https://es:9200"]';

const CASES: Case[] = [
  // The envelope.
  { what: "nothing", config: "", code: "CFG004", path: "security-stack:global" },
  { what: "no output", config: GLOBAL, code: "CFG004", path: "security-stack:output" },
  add("CFG001", "feature", "feature: []", "features"),
  add("CFG001", "togle", "togle: {}", "toggle"),
  add("CFG002", "features", "features: {toy: true}", "array"),
  add("CFG002", "toggle", "toggle: [toy]", "record"),
  add("CFG002", "override", "override: 3", "record"),
  add("CFG002", "tests", "tests: true", "object"),
  // global
  global("CFG004", "global.clusterName", ""),
  global("CFG002", "global.clusterName", "clusterName: 5", "5"),
  global("CFG003", "global.clusterName", "clusterName: Prod_EU", "Prod_EU"),
  global("CFG003", "global.clusterName", 'clusterName: ""'),
  global("CFG003", "global.namespace", `clusterName: c, namespace: ${"n".repeat(64)}`),
  global("CFG003", "global.cluster", "clusterName: c, cluster: esk", "eks"),
  global("CFG004", "eks", "clusterName: c, cluster: eks", "account, region"),
  global("CFG001", "global.clustername", "clusterName: c, clustername: d", "clusterName"),
  global(
    "CFG003",
    "global.imageRegistry",
    'clusterName: c, imageRegistry: "https://mirror"',
    "without a scheme",
  ),
  global("CFG002", "global.imageRegistry", "clusterName: c, imageRegistry: [a]"),
  global("CFG003", "global.charts", 'clusterName: c, charts: ""'),
  global("CFG003", "global", "clusterName: c, namespace: same, restrictedNamespace: same", "two namespaces"),
  // features
  add("CFG004", "features[0].name", "features: [{enabled: true}]"),
  add("CFG002", "features[0].name", "features: [{name: 7}]"),
  add("CFG002", "features[0]", "features: [toy]", "object"),
  add("CFG002", "features[0].enabled", 'features: [{name: toy, enabled: "yes"}]', "boolean"),
  add("CFG001", "features[0].enable", "features: [{name: toy, enable: true}]", "enabled"),
  add("CFG002", "features[0].config", "features: [{name: toy, config: [1]}]"),
  add("CFG005", "features[0].name", "features: [{name: toi}]", "toy"),
  add("CFG005", "features[0].name", "features: [{name: Toy}]", "toy"),
  add("CFG006", "features[1].name", "features: [{name: toy}, {name: toy}]", "features[0]"),
  add("CFG005", "toggle.toyy", "toggle: {toyy: true}", "toy"),
  add("CFG002", "toggle.toy", 'toggle: {toy: "off"}', "boolean"),
  add("CFG007", "toggle.toy", "features: [{name: needy}]", "needy is on"),
  add("CFG007", "toggle.toy", "features: [{name: needy}, {name: toy, enabled: false}]"),
  add("CFG007", "toggle.toy", "features: [{name: needy}, {name: toy}]\ntoggle: {toy: false}"),
  add("CFG008", "features", "features: [{name: a}, {name: b}]", "->"),
  // A feature's own config.
  add("CFG001", "features[0].config.greting", "features: [{name: toy, config: {greting: hi}}]", "greeting"),
  add("CFG002", "features[0].config.greeting", "features: [{name: toy, config: {greeting: 1}}]", "string"),
  add("CFG003", "features[0].config.level", "features: [{name: toy, config: {level: hihg}}]", "high"),
  add("CFG003", "features[0].config.count", "features: [{name: toy, config: {count: 9}}]", "<=5"),
  add("CFG003", "features[0].config.count", "features: [{name: toy, config: {count: 0}}]", ">=1"),
  add("CFG002", "features[0].config.count", "features: [{name: toy, config: {count: 1.5}}]", "int"),
  add(
    "CFG003",
    "features[1].config.count",
    "features: [{name: needy, enabled: false}, {name: toy, config: {count: -1}}]",
  ),
  // output
  output("CFG004", "output.elasticsearch", ""),
  output("CFG001", "output.opensearch", `elasticsearch: {${ENDPOINT}}, opensearch: {}`),
  elastic("CFG004", "endpoints", ""),
  elastic("CFG003", "indices", `${ENDPOINT}, indices: {events: security}`, "begins with another"),
  elastic("CFG003", "managed.preset", "managed: {preset: prod}", "production"),
  elastic("CFG001", "managed.replicas", "managed: {replicas: 3}"),
  elastic("CFG003", "managed.storage.size", "managed: {storage: {size: 1Gi}}", "at least 10Gi"),
  elastic(
    "CFG003",
    "objects.localPorts.kibana",
    "managed: {}, objects: {localPorts: {kibana: 80}}",
    ">=1024",
  ),
  elastic(
    "CFG003",
    "objects.retentionDays.events",
    "managed: {}, objects: {retentionDays: {events: 0}}",
    ">=1",
  ),
  elastic("CFG010", "objects.password", `${ENDPOINT}, objects: {password: hunter2}`, "--secret"),
  elastic("CFG004", "objects.username", `${ENDPOINT}, objects: {enabled: true}`),
  {
    what: "a managed Elasticsearch that is switched off, and a tool that needs it",
    config: `${GLOBAL}features: [{name: otel_pipeline}]\noutput: {elasticsearch: {managed: {}}}\ntoggle: {elastic: false}`,
    code: "CFG007",
    path: "security-stack:toggle.elastic",
    says: "switch otel_pipeline off too",
  },
  elastic("CFG002", "endpoints", 'endpoints: "https://es:9200"', "array"),
  elastic("CFG003", "endpoints", "endpoints: []"),
  elastic("CFG003", "endpoints[0]", 'endpoints: ["http://es:9200"]', "https"),
  elastic("CFG003", "endpoints[0]", 'endpoints: ["es:9200"]', "https"),
  elastic("CFG010", "endpoints[0]", 'endpoints: ["https://elastic:hunter2@es:9200"]', "authSecretRef"),
  elastic("CFG010", "apiKey", `${ENDPOINT}, apiKey: hunter2`, "--secret"),
  elastic("CFG001", "password", `${ENDPOINT}, password: hunter2`),
  elastic("CFG002", "authSecretRef", `${ENDPOINT}, authSecretRef: es-credentials`, "object"),
  elastic("CFG003", "authSecretRef.name", `${ENDPOINT}, authSecretRef: {name: ES_Credentials}`),
  elastic("CFG004", "caSecretRef.name", `${ENDPOINT}, caSecretRef: {}`),
  elastic("CFG003", "indices.events", `${ENDPOINT}, indices: {events: Security Events}`, "lower case"),
  elastic("CFG001", "indices.vulnerability", `${ENDPOINT}, indices: {vulnerability: v}`, "vulnerabilities"),
  // override
  add("CFG011", "override.toi", "override: {toi: {}}", "toy"),
  add("CFG001", "override.toy.resource", "override: {toy: {resource: {}}}", "resources"),
  add(
    "CFG003",
    "override.toy.resources.limits.memory",
    "override: {toy: {resources: {limits: {memory: -1Gi}}}}",
    "-1Gi",
  ),
  add(
    "CFG003",
    "override.toy.resources.limits.memory",
    'override: {toy: {resources: {limits: {memory: "512"}}}}',
    "unit",
  ),
  add(
    "CFG002",
    "override.toy.resources.limits.memory",
    "override: {toy: {resources: {limits: {memory: 512}}}}",
    "string",
  ),
  add(
    "CFG003",
    "override.toy.resources.requests.cpu",
    'override: {toy: {resources: {requests: {cpu: "0"}}}}',
    "above zero",
  ),
  add(
    "CFG003",
    "override.toy.resources.requests.cpu",
    "override: {toy: {resources: {requests: {cpu: 1Gi}}}}",
  ),
  add(
    "CFG001",
    "override.toy.resources.limits.disk",
    "override: {toy: {resources: {limits: {disk: 1Gi}}}}",
    "cpu, memory",
  ),
  add(
    "CFG009",
    "override.falco.resources",
    "override: {falco: {resources: {limits: {memory: 256Mi}}}}",
    "512Mi",
  ),
  add(
    "CFG009",
    "override.nodeAgent.resources",
    "override: {nodeAgent: {resources: {requests: {cpu: 400m}}}}",
    "400m",
  ),
  add("CFG002", "override.toy.tolerations", "override: {toy: {tolerations: {operator: Exists}}}", "array"),
  add(
    "CFG003",
    "override.toy.tolerations[0].effect",
    "override: {toy: {tolerations: [{operator: Exists, effect: NoSchedul}]}}",
    "NoSchedule",
  ),
  add(
    "CFG003",
    "override.toy.tolerations[0]",
    "override: {toy: {tolerations: [{effect: NoSchedule}]}}",
    "Exists",
  ),
  add("CFG002", "override.toy.nodeSelector.disk", "override: {toy: {nodeSelector: {disk: true}}}", "string"),
  add("CFG003", "override.toy.replicas", "override: {toy: {replicas: 0}}", ">=1"),
  add("CFG002", "override.toy.replicas", 'override: {toy: {replicas: "2"}}', "number"),
  add("CFG003", "override.toy.image", "override: {toy: {image: busybox}}", "registry"),
  add(
    "CFG003",
    "override.toy.image",
    'override: {toy: {image: "docker.io/library/busybox:latest"}}',
    "latest",
  ),
  add("CFG003", "override.toy.priorityClassName", "override: {toy: {priorityClassName: High Priority}}"),
  // tests
  add("CFG002", "tests.enabled", 'tests: {enabled: "true"}', "boolean"),
  add("CFG001", "tests.scenario", "tests: {scenario: []}", "scenarios"),
  add("CFG003", "tests.scenarios[0]", "tests: {scenarios: [Not A Name]}"),
];

describe("an invalid stack config", () => {
  it("is tried in at least 60 ways", () => assert.ok(CASES.length >= 60, `only ${CASES.length}`));

  for (const { what, config, code, path, says } of CASES) {
    it(`${code} at ${path}: ${what}`, () => {
      const issues = issuesOf(config, REGISTRY);
      const found = issues.find((issue) => issue.code === code && issue.path === path);
      assert.ok(found, `expected ${code} at ${path}, got ${JSON.stringify(issues, null, 1)}`);
      if (says)
        assert.ok(JSON.stringify(found).includes(says), `${JSON.stringify(found)} does not say ${says}`);
      assert.equal(JSON.stringify(issues).includes("hunter2"), false, "a secret is shown");
    });
  }

  it("shows all errors at once, in the order of their paths", () => {
    const config = `global: {clusterName: 1}\n${OUTPUT}features: [{name: nope}, {name: toy, config: {count: 9}}]\noverride: {x: {}}`;
    const issues = issuesOf(config, REGISTRY);
    assert.deepEqual(
      issues.map((issue) => `${issue.code} ${issue.path.replace("security-stack:", "")}`),
      [
        "CFG005 features[0].name",
        "CFG003 features[1].config.count",
        "CFG002 global.clusterName",
        "CFG011 override.x",
      ],
    );
  });

  it("suggests nothing where no known name is near", () => {
    const [issue] = issuesOf(`${MINIMAL}features: [{name: kubernetes-goat}]`, REGISTRY);
    assert.equal(issue?.nearest, undefined);
  });
});

describe("a valid stack config", () => {
  it("fills in every default", () => {
    const { envelope, features } = settingsOf(`${MINIMAL}features: [{name: toy}]`, [toyFeature()]);
    assert.equal(envelope.global.namespace, "security-system");
    assert.equal(envelope.output.elasticsearch.indices.vulnerabilities, "security-vuln");
    assert.deepEqual(features[0]?.bound?.config, { greeting: "hello", level: "low", count: 1 });
  });

  it("lets a toggle win over features[].enabled, and switch on what is not listed", () => {
    const on = (text: string) => settingsOf(MINIMAL + text, [toyFeature()]).features[0]?.enabled;
    assert.equal(on("features: [{name: toy}]\ntoggle: {toy: false}"), false);
    assert.equal(on("features: [{name: toy, enabled: false}]\ntoggle: {toy: true}"), true);
    assert.equal(on("toggle: {toy: true}"), true);
    assert.equal(on(""), false);
  });

  it("takes the config of a feature from the envelope where it is a part of that", () => {
    const ofTests = defineFeature<Tests>({
      ...{ name: "runner", title: "Runner", priority: 300, workloads: [] },
      configuredBy: ({ tests }) => (tests.enabled ? tests : undefined),
      plan: () => ({ manifests: [], conditions: [] }),
    });
    const runner = (text: string) => settingsOf(MINIMAL + text, [ofTests]).features[0];
    assert.equal(runner("")?.enabled, false);
    assert.equal(runner("toggle: {runner: true}")?.enabled, false);
    const on = runner("tests: {enabled: true}");
    assert.ok(on?.enabled && on.bound);
    assert.deepEqual((on.bound.config as Tests).scenarios, []);
    assert.equal(runner("tests: {enabled: true}\ntoggle: {runner: false}")?.enabled, false);
    const [issue] = issuesOf(`${MINIMAL}features: [{name: runner}]`, [ofTests]);
    assert.equal(issue?.code, "CFG005");
  });
});
