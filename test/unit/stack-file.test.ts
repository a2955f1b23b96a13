import assert from "node:assert/strict";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig, type Settings } from "../../components/core/config/parse";
import { parseStackFile, readStackFile } from "../../components/core/config/stack-file";
import { FEATURES } from "../../components/registry";

const DEV = `config:
  security-stack:global: { clusterName: dev }
  security-stack:features:
    - { name: otel_pipeline, config: { gatewayReplicas: 1 } }
    - { name: falco, config: { priority: Notice } }
    - { name: trivy, config: { scanSchedule: "@every 6h" } }
`;
const MANAGED = `  security-stack:output: { elasticsearch: { managed: { preset: poc } } }
`;

function settings(text: string): Settings {
  return parseConfig(parseStackFile(text, "Pulumi.dev.yaml"), FEATURES);
}

/** "code path" of each error, and all that a user sees. */
function refused(text: string): { errors: string[]; message: string } {
  try {
    settings(text);
  } catch (error) {
    if (error instanceof ConfigError)
      return { errors: error.issues.map(({ code, path }) => `${code} ${path}`), message: error.message };
    throw error;
  }
  throw new Error("the file was accepted");
}

const value = (text: string) => parseStackFile(`config:\n  v: { x: ${text} }\n`, "f").values;

describe("a stack file", () => {
  it("may have JSON in a text, and merge keys, as Pulumi reads them", () => {
    const { envelope, features } = settings(
      `${DEV}${MANAGED}  security-stack:toggle: '{"trivy": false}'
  security-stack:override:
    falco: &agent { resources: { limits: { memory: 2Gi } } }
    nodeCollector: { <<: *agent, priorityClassName: high }
`,
    );
    assert.equal(features.find(({ feature }) => feature.name === "trivy")?.enabled, false);
    assert.deepEqual(envelope.override["nodeCollector"], {
      resources: { limits: { memory: "2Gi" } },
      priorityClassName: "high",
    });
  });

  it("has Pulumi's numbers", () => {
    const numbers = { "0700": 448, "0x1F": 31, "1_000": 1000, "08": 8, "1e3": 1000, ".5": 0.5, "0b11": 3 };
    for (const [text, number] of Object.entries(numbers))
      assert.deepEqual(value(text), { v: { x: number } }, text);
    const texts = {
      yes: "yes",
      "1:30": "1:30",
      "2026-01-02": "2026-01-02 00:00:00 +0000 UTC",
      "1e999": "1e999",
    };
    for (const [text, read] of Object.entries(texts)) assert.deepEqual(value(text), { v: { x: read } }, text);
  });

  it("may leave the project's name out of a key, and say so in three parts", () => {
    const { values, others } = parseStackFile(
      "config: { a: 1, security-stack:config:b: 2, other:c: 3 }",
      "f",
    );
    assert.deepEqual(values, { a: 1, b: 2 });
    assert.deepEqual(others, { "other:c": 3 });
  });

  it("tells where encrypted values are, also in lists and by aliases", () => {
    const secret = "{ secure: v1:YQ==:Yg== }";
    const { values, encrypted } = parseStackFile(
      `config: { a: { b: [ &s ${secret}, 1 ], c: *s, d: { secure: x, more: 1 } }, e: ${secret} }`,
      "f",
    );
    assert.deepEqual(encrypted, [["a", "b", 0], ["a", "c"], ["e"]]);
    assert.ok(!JSON.stringify(values).includes("YQ=="));
  });

  const aliases: [string, string, string][] = [
    ["no anchor", "override: { falco: *none }", "CFG012 security-stack:override.falco"],
    ["itself", "toggle: &t { falco: *t }", "CFG012 security-stack:toggle.falco"],
    [
      "itself, where the schema takes anything",
      "output: { elasticsearch: { objects: { alerts: { connectors: [{ id: a, params: &p { more: *p } }] } } } }",
      "CFG012 security-stack:output.elasticsearch.objects.alerts.connectors[0].params.more",
    ],
    ["itself by a merge key", "toggle: &t { <<: *t }", 'CFG012 security-stack:toggle["<<"]'],
    ["no map by a merge key", "tests: { <<: 5 }", 'CFG012 security-stack:tests["<<"]'],
  ];
  for (const [what, line, error] of aliases)
    it(`is refused with the path of an alias of ${what}`, () =>
      assert.deepEqual(refused(`${DEV}  security-stack:${line}\n`).errors, [error]));

  it("is refused with the path of aliases that multiply", () => {
    const list = (anchor: string) => `[${Array(9).fill(`*${anchor}`).join(",")}]`;
    const levels = `  a: &a [x,x,x,x,x,x,x,x,x]\n  b: &b ${list("a")}\n  c: &c ${list("b")}\n`;
    // Not too many for Pulumi yet: then it is the schema that refuses them.
    const { errors } = refused(`${DEV}${MANAGED}${levels}  tests: { scenarios: [*c,*c,*c] }\n`);
    assert.deepEqual(
      errors.slice(-3),
      [0, 1, 2].map((n) => `CFG002 security-stack:tests.scenarios[${n}]`),
    );
    const more = `${levels}  d: &d ${list("c")}\n  e: &e ${list("d")}\n  f: &f ${list("e")}\n  g: ${list("f")}\n`;
    assert.match(refused(`${DEV}${MANAGED}${more}`).errors.join(), /^CFG012 security-stack:[defg]\[/);
  });

  it("is refused with the path of an alias without an anchor in a custom Falco rule", () => {
    const rules = '{ own.yaml: "- list: shared\\n  items: *common\\n" }';
    const text = `config:
  global: { clusterName: dev }
  features: [{ name: falco, config: { rules: { custom: ${rules} } } }]
${MANAGED}`;
    assert.deepEqual(refused(text).errors, [
      'CFG003 security-stack:features[0].config.rules.custom["own.yaml"]',
    ]);
  });

  it("is refused where it is no YAML, with the line and without what is written there", () => {
    const { errors, message } = refused(`${DEV}  x: 'An-Invented-Password" }\n`);
    assert.match(errors.join(), /^CFG012 Pulumi\.dev\.yaml:\d+/);
    assert.ok(!message.includes("An-Invented"), message);
  });

  const unreadable: [string, string, RegExp][] = [
    ["a key twice", "config:\n  a: { b: 1, b: 2 }\n", /CFG012 security-stack:a\.b/],
    [
      "a key with the project's name and without",
      "config: { a: 1, security-stack:a: 2 }",
      /CFG012 security-stack:a/,
    ],
    ["a tab", "config:\n\ta: 1\n", /CFG012 f:2/],
    ["a line break of YAML 1.1", "config: { a: b\u2028 }", /U\+2028/],
    ["an environment", "environment: [prod]\nconfig: {}\n", /CFG014 f: environment/],
  ];
  for (const [what, text, message] of unreadable)
    it(`is refused with ${what}`, () => assert.throws(() => parseStackFile(text, "f"), message));

  it("may be the one of the checkout", () => assert.ok(readStackFile("Pulumi.dev.yaml").values["global"]));

  const PASSWORD = "An-Invented-Password-Of-Some-Length";
  const shownOnce = [
    `output: https://loader:${PASSWORD}@es.example:9200`,
    `output: { elasticsearch: https://loader:${PASSWORD}@es.example:9200 }`,
    `output: { elasticsearch: { endpoints: "https://loader:${PASSWORD}@es.example:9200/with/path" } }`,
    `output: { elasticsearch: { endpoints: [ { url: "https://loader:${PASSWORD}@es.example:9200" } ] } }`,
    `output: { elasticsearch: { endpoints: [ "http://loader:${PASSWORD}@es.example:9200" ] } }`,
    `output: { elasticsearch: { endpoints: [ "https:/loader:${PASSWORD}@es.example:9200" ] } }`,
    `output: { elasticsearch: { endpoints: [ 'https:\\\\loader:${PASSWORD}@es.example:9200' ] } }`,
    `output: { elasticsearch: { objects: { enabled: true, username: [ loader, ${PASSWORD} ] } } }`,
  ];
  for (const line of shownOnce)
    it(`is refused and no password shown: ${line.replace(PASSWORD, "...")}`, () => {
      const { message } = refused(`${DEV}  ${line}\n`);
      assert.ok(!message.includes(PASSWORD.slice(0, 8)), message);
    });

  it("is refused with a key in clear beside an encrypted one", () => {
    const { errors } = refused(`${DEV}  output:
    elasticsearch:
      endpoints: [ "https://es.example:9200" ]
      apiKey: an-invented-key
      objects: { enabled: false, username: loader, password: { secure: v1:YQ==:Yg== } }
`);
    assert.deepEqual(errors, ["CFG010 security-stack:output.elasticsearch.apiKey"]);
  });

  it("is refused with an encrypted value that would become a label or a name", () => {
    const { errors } = refused(
      DEV.replace("clusterName: dev", "clusterName: { secure: v1:YQ==:Yg== }") + MANAGED,
    );
    assert.deepEqual(errors, ["CFG013 security-stack:global.clusterName"]);
  });
});
