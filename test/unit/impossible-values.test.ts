import assert from "node:assert/strict";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { ConfigError, type ConfigIssue } from "../../components/core/config/config-error";
import { elasticsearchCronProblem, kubernetesCronProblem } from "../../components/core/config/cron";
import { objectsSchema } from "../../components/core/config/elasticsearch-schema";
import { parseConfig } from "../../components/core/config/parse";
import { type Plan, plan } from "../../components/core/plan/plan";
import { lifecyclePolicies } from "../../components/elastic/objects/lifecycle";
import { FEATURES } from "../../components/registry";
import { baseConfig, type ConfigPath, withPlace } from "../support/stack/schema-walker";

const BASE = baseConfig(FEATURES);

/** `features[].config` of a feature, as the base config has it. */
function at(feature: string, ...rest: ConfigPath): ConfigPath {
  const index = (BASE["features"] as { name: string }[]).findIndex(({ name }) => name === feature);
  assert.ok(index >= 0, feature);
  return ["features", index, "config", ...rest];
}

function tryPlan(path: ConfigPath, value: unknown): Plan | readonly ConfigIssue[] {
  try {
    const values = withPlace(BASE, path, value) as Record<string, unknown>;
    return plan(parseConfig({ values, encrypted: [] }, FEATURES));
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

function planned(path: ConfigPath, value: unknown): Plan {
  const result = tryPlan(path, value);
  if ("features" in result) return result;
  throw new Error(JSON.stringify(result));
}

const PIPELINE = (...rest: ConfigPath) => at("otel_pipeline", ...rest);
const ES = (...rest: ConfigPath): ConfigPath => ["output", "elasticsearch", ...rest];
const FALCO = (...rest: ConfigPath): ConfigPath => ["override", "falco", ...rest];
const RULE = (priority: string) =>
  `- rule: Opened\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: ${priority}\n`;

/** A value that a schema would take by its type, and the word of the answer that helps. */
const REFUSED: [ConfigPath, unknown, RegExp][] = [
  [PIPELINE("nodeLogBasePath"), "/var/log/../security", /without '\.\.'/],
  [PIPELINE("nodeStatePath"), "/var/lib/../collector", /without '\.\.'/],
  [PIPELINE("nodeStatePath"), "/var//lib", /absolute path/],
  [at("osquery", "databaseFolder"), "/var/lib/../osquery", /without '\.\.'/],
  [at("falco", "runtimeSockets"), ["/run/../containerd.sock"], /without '\.\.'/],
  [at("falco", "runtimeSockets"), ["/run/c.sock", "/run/c.sock"], /another one/],
  [PIPELINE("flushInterval"), "0s", /from 1ms/],
  [PIPELINE("flushInterval"), "99999999h", /to 5m/],
  [at("falco", "metrics", "interval"), "99999999h", /to 24h/],
  [at("trivy", "scanJobs", "timeout"), "99999999h", /to 24h/],
  [at("tetragon", "rateLimit"), "99999999h", /to 24h/],
  [PIPELINE("queue", "gatewaySize"), "1Mi", /whole batch/],
  [PIPELINE("queue", "gatewaySize"), "99999999Ti", /at most/],
  [PIPELINE("queue", "storageClass"), "Fast SSD", /object name/],
  [PIPELINE("metrics", "port"), 13133, /have already/],
  [PIPELINE("metrics", "port"), 4317, /have already/],
  [PIPELINE("metrics", "scrapeNamespaces"), ["Monitoring!"], /DNS label/],
  [at("trivy", "shipSchedule"), "99 99 99 99 99", /minute/],
  [at("trivy", "shipSchedule"), "*/0 * * * *", /minute/],
  [at("trivy", "shipSchedule"), "0 0 31 2 *", /a day/],
  [at("trivy", "scanJobs"), { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } }, /limits\.memory/],
  [at("trivy", "scanJobs"), { requests: { cpu: "2" } }, /limits\.cpu, which is 500m/],
  [at("trivy", "apiKeySecretRef"), { name: "My Secret", key: "a/b" }, /object name/],
  [at("trivy", "registryMirrors"), { "registry.example:5000": "mirror.example" }, /without a port/],
  [ES("authSecretRef"), { name: "x", key: ".." }, /does not begin/],
  [ES("authSecretRef"), { name: "x", key: "a/b" }, /letters, digits/],
  [at("falco", "rules", "custom"), { "..yaml": "- list: a\n  items: [b]\n" }, /does not begin/],
  [at("falco", "rules", "custom"), { "own.yaml": RULE("SEVERE") }, /Emergency/],
  [
    FALCO("tolerations"),
    [{ key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 5 }],
    /NoExecute/,
  ],
  [FALCO("tolerations"), [{ key: "not a key!", operator: "Exists" }], /label key/],
  [FALCO("tolerations"), [{ key: "", operator: "Equal" }], /label key/],
  [FALCO("tolerations"), [{ key: "a", operator: "Equal", value: "x y" }], /label value/],
  [FALCO("nodeSelector"), { "bad key": "x y" }, /label key/],
  [FALCO("nodeSelector"), { disk: "x y" }, /label value/],
  [FALCO("image"), "docker.io/Falco/Falco:1.0", /lower case/],
  [FALCO("image"), "docker.io:99999/falco/falco:1.0", /65535/],
  [FALCO("resources", "limits", "cpu"), "0.4001", /steps of 1m/],
  [["global", "imageRegistry"], "mirror.example:99999", /65535/],
  [["global", "imageRegistry"], "mirror.example/Upper", /lower case/],
  ...[
    "https://es.example:0",
    "https:/es.example:9200",
    "https:es.example:9200",
    "https:\\\\es.example:9200",
    "https://1.2.3",
    "https://es_a.example",
    "https://es.-a.svc:9200",
    "https://es.example/${env:KEY}",
  ].map((url): [ConfigPath, unknown, RegExp] => [ES("endpoints"), [url], /https:/]),
  [ES("endpoints"), ["https://es.example", "https://es.example"], /another one/],
  [ES("indices"), { events: "security-alerts" }, /alerts/],
  [ES("indices"), { events: "security-alerts-x" }, /alerts/],
  [ES("indices"), { events: "security" }, /alerts/],
  [
    ES("objects", "snapshots"),
    { type: "s3", settings: { bucket: "b" }, schedule: "every day" },
    /cron expression/,
  ],
  [ES("objects", "snapshots"), { type: "s3", settings: {} }, /needs/],
  [ES("objects", "snapshots"), { type: "azure", settings: { container: "c", bucket: "b" } }, /container/],
  [ES("objects", "snapshots"), { type: "fs", settings: { location: 5 } }, /a string/],
  ...["default", "kube-system", "kube-public", "kube-x", "openshift-monitoring"].flatMap((name) =>
    ["namespace", "restrictedNamespace"].map((key): [ConfigPath, unknown, RegExp] => [
      ["global", key],
      name,
      /of the stack's own/,
    ]),
  ),
];

/** Values that are beside others of no use. */
const WARNED: [ConfigPath, unknown, RegExp][] = [
  [ES(), { managed: {}, endpoints: ["https://other.example:9200"] }, /endpoints is ignored: .*managed/],
  [ES(), { managed: {}, caSecretRef: { name: "ca" } }, /caSecretRef is ignored/],
  [
    ES(),
    { managed: { kibana: false }, objects: { dashboards: true } },
    /dashboards is ignored: there is no Kibana/,
  ],
  [ES("objects", "retentionDays"), { events: 10 }, /retentionDays is ignored/],
  [["tests", "scenarios"], ["validate-shell"], /tests.scenarios is ignored/],
  [ES(), { managed: {}, objects: { alerts: { silentAfterMinutes: { falko: 10 } } } }, /falko.*never fires/],
  [["override", "nodeAgent", "replicas"], 3, /nodeAgent\.replicas is ignored/],
  [["override", "falco", "replicas"], 3, /falco\.replicas is ignored/],
  [["override", "kibana", "replicas"], 3, /override\.kibana is ignored/],
  [at("falco", "metrics"), { enabled: false, namespaces: ["monitoring"] }, /metrics\.namespaces is ignored/],
];

const shown = (value: unknown) => JSON.stringify(value).slice(0, 80);

describe("a value that cannot work", () => {
  for (const [path, value, says] of REFUSED)
    it(`is refused: ${path.join(".")} ${shown(value)}`, () => {
      const result = tryPlan(path, value);
      assert.ok(!("features" in result), "it was accepted");
      assert.ok(
        result.some((issue) => says.test(JSON.stringify(issue))),
        JSON.stringify(result, null, 1),
      );
      for (const issue of result) assert.match(issue.code, /^CFG\d{3}$/);
    });

  for (const [path, value, says] of WARNED)
    it(`is warned of, where it is of no use: ${path.join(".")} ${shown(value)}`, () => {
      const { warnings } = planned(path, value);
      assert.ok(
        warnings.some((warning) => says.test(warning)),
        warnings.join("\n"),
      );
    });

  it("is not what the base of these tests has", () => {
    assert.doesNotMatch(planned(["global", "clusterName"], "dev").warnings.join("\n"), /ignored/);
  });

  it("is a path of the node that the collector's container has itself", () => {
    const result = tryPlan(PIPELINE("nodeLogBasePath"), "/etc/otelcol");
    assert.ok(!("features" in result), "it was accepted");
    assert.equal(result[0]?.code, "CFG016");
  });
});

describe("a value at the edge of what works", () => {
  const TAKEN: [ConfigPath, unknown][] = [
    [PIPELINE("flushInterval"), "1ms"],
    [PIPELINE("queue", "gatewaySize"), "2Mi"],
    [PIPELINE("queue", "gatewaySize"), "16Ti"],
    [
      FALCO("tolerations"),
      [{ key: "example.com/spot", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
    ],
    [FALCO("nodeSelector"), { "example.com/pool": "" }],
    [FALCO("image"), "registry.example:5000/a/b_c/d__e/f-g:v1.0_rc"],
    [["global", "imageRegistry"], "mirror.example:65535/path/of-it"],
    [["global", "namespace"], "kubernetes-security"],
    ...["https://10.0.0.1:9200", "https://[fd00::1]:9200", "https://es.example.:443/a/b%20c"].map(
      (url): [ConfigPath, unknown] => [ES("endpoints"), [url]],
    ),
    [ES("indices"), { events: "alerts", inventory: "security-alert" }],
    [
      at("falco", "rules", "custom"),
      { "own.yaml": RULE("warning") + RULE("INFO").replace("Opened", "Other") },
    ],
    [
      ES("objects", "snapshots"),
      { type: "s3", settings: { bucket: "b", basePath: "x", pathStyleAccess: true } },
    ],
  ];
  for (const [path, value] of TAKEN)
    it(`is taken: ${path.join(".")} ${shown(value)}`, () => assert.ok(planned(path, value)));
});

describe("schedules", () => {
  it("are read as Kubernetes does", () => {
    for (const good of [
      "* * * * *",
      "*/5 * * * *",
      "0 0 1,15 * 1-5",
      "5-59/10 0-23 * JAN-MAR mon",
      "0 0 31 * *",
      "0 0 30 2 1",
    ])
      assert.equal(kubernetesCronProblem(good), undefined, good);
    for (const bad of [
      "",
      "* * * *",
      "60 * * * *",
      "* 24 * * *",
      "* * 0 * *",
      "* * * 13 *",
      "* * * * 7",
      "5-1 * * * *",
      "*-5 * * * *",
      "1,,2 * * * *",
      "0 0 30 2 *",
      "@daily",
      "a * * * *",
    ])
      assert.ok(kubernetesCronProblem(bad), bad);
  });

  it("are read as Elasticsearch does", () => {
    for (const good of [
      "0 30 1 * * ?",
      "0 0/15 * ? * MON-FRI",
      "0 0 1 L * ?",
      "0 0 1 ? * 6#3",
      "0 0 1 15W * ?",
      "0 0,50 1 * * ?",
    ])
      assert.equal(elasticsearchCronProblem(good), undefined, good);
    for (const bad of [
      "every day",
      "30 1 * * *",
      "0 30 1 * * *",
      "0 30 1 ? * ?",
      "* 30 1 * * ?",
      "0 0/5 * * * ?",
      "0 0 25 * * ?",
      "0 0 1 ? * 8",
      "0 0 1 ? * 6#6",
      "0 0 1 31 2 ?",
      "0 0,50 * * * ?",
    ])
      assert.ok(elasticsearchCronProblem(bad), bad);
  });
});

describe("retention", () => {
  const INDICES = {
    ...{ events: "e", inventory: "i", audit: "a", network: "n", vulnerabilities: "v", posture: "po" },
    ...{ mesh: "m", admission: "ad" },
    ...{ correlations: "c", responses: "r", deadLetter: "d" },
  };
  it("of any length makes phases of which none begins after the next", () => {
    for (const days of [1, 3, 6, 7, 8, 90]) {
      const objects = objectsSchema.parse({ retentionDays: { events: days } });
      const { inputs } = lifecyclePolicies(INDICES, objects)[0]!;
      const phases = inputs as {
        hot: { rollover: { maxAge: string } };
        warm?: { minAge: string };
        delete: { minAge: string };
      };
      assert.equal(phases.delete.minAge, `${days}d`);
      assert.ok(Number.parseInt(phases.warm?.minAge ?? "0", 10) <= days);
      assert.ok(Number.parseInt(phases.hot.rollover.maxAge, 10) <= days);
      assert.equal(phases.warm !== undefined, days > 7);
    }
  });
});

describe("a NetworkPolicy to a Service of others", () => {
  const egress = (output: object) => {
    const { features } = planned(["output"], output);
    const all = features.flatMap(({ contribution }) => contribution.manifests);
    const policies = all.filter(
      (m) => m.kind === "NetworkPolicy" && ["gateway", "trivy-reporter"].includes(m.metadata.name),
    );
    return (policies as NetworkPolicy[]).map(({ spec }) => spec?.egress?.at(-1)?.ports);
  };
  const endpoints = ["https://es.logging.svc:443"];

  it("lets every port of its namespace through, since its pods may have another", () => {
    assert.deepEqual(egress({ elasticsearch: { endpoints } })[0], [{ protocol: "TCP" }]);
  });

  it("lets the pods' port and the Service's through where the config names it", () => {
    const ports = [9200, 443].map((port) => ({ protocol: "TCP", port }));
    assert.deepEqual(egress({ elasticsearch: { endpoints, podPort: 9200 } })[0], ports);
  });

  it("is as narrow as ever for what the stack makes itself", () => {
    assert.deepEqual(egress({ elasticsearch: { managed: {} } })[0], [{ protocol: "TCP", port: 9200 }]);
  });
});
