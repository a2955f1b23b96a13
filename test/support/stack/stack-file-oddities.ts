/** Ciphertext in the form that Pulumi's passphrase encryption has; nobody's. */
export const CIPHERTEXT = "v1:aW52ZW50ZWQ=:bm9ib2R5J3Mgc2VjcmV0";

/** What scalars are replaced with: each means something else to some YAML parser, or to none. */
export const SCALARS = [
  ...[
    "0700",
    "0o700",
    "0x1F",
    "0b101",
    "08",
    "09.5",
    "00",
    "0",
    "-0",
    "-0.0",
    "+7",
    "-017",
    "0xg",
    "0o8",
    "1_000",
    "_1",
    "1_",
    "0x_F",
  ],
  ...[
    "1e3",
    "1E+3",
    "1.5",
    ".5",
    "5.",
    "1.e2",
    ".5e-3",
    "1e400",
    "-1e400",
    "1e-400",
    "1e21",
    "123456789012",
    "9007199254740993",
  ],
  ...[
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
  ],
  ...[".inf", "-.INF", ".nan", "+.inf", "-.nan", "NaN", "Infinity", "190:20:30", "1:30"],
  ...["true", "True", "TRUE", "tRUE", "yes", "No", "on", "OFF", "y", "n", "null", "Null", "~", "nil", ""],
  ...[
    "2026-01-01",
    "2026-1-2",
    "2026-02-30",
    "2026-13-01",
    "2026-01-01T10:20:30Z",
    "2026-01-01t1:2:3.25+05:30",
    "2026-01-01 10:20:30",
  ],
  ...[
    "2026-01-01 10:20:30.5",
    "2026-01-01 10:20:30 Z",
    "2026-01-01T10:20:30",
    "2001-12-14 21:59:43.10 -5",
    "2026-01-01T25:00:00Z",
    "0000-01-01",
  ],
  ...[
    "'0700'",
    '"0700"',
    '"a\\tb\\u00e9\\x41"',
    '"\\ud83d\\ude00"',
    '"\\q"',
    "'it''s'",
    "'open",
    '"open',
    '"two\\\n      lines"',
  ],
  ...[
    "!!str 5",
    "!!int '5'",
    "!!int five",
    "!!float 5",
    "!!bool yes",
    "!!bool 'true'",
    "!!null ''",
    "!!null x",
    "! 5",
    "!own 5",
    "!!own 5",
  ],
  ...[
    "!!timestamp '2026-01-01'",
    "!!binary aGVsbG8=",
    "!!binary ???",
    "!!set {a, b}",
    "!!map {a: 1}",
    "!!seq [1]",
    "!!seq {a: 1}",
    "!!str [1]",
  ],
  ...[
    "{}",
    "[]",
    "[1, two, 3.0]",
    "[a: b]",
    "{a, b: }",
    "{1: x, 0x2: y}",
    "{1.5: x, 1e7: y}",
    "{true: x, ~: y}",
    "{2026-01-01: x}",
  ],
  ...[
    "{? a : b}",
    "{[1]: x}",
    "{{a: 1}: x}",
    "{a: 1, a: 2}",
    '{1: x, "1": y}',
    "{0x1: x, 1: y}",
    '{"a":1}',
    "[a,b",
    "{a: 1",
    "a: b",
    "a, b",
    "a]",
    "a}",
  ],
  ...["'{\"falco\": false}'", "'[\"a\", 1]'", "'5'", "'true'", "'null'", "'{broken'", "' 7 '", "'\"text\"'"],
  ...[
    "{<<: {a: 1}, b: 2}",
    "{<<: [{a: 1}, {a: 2, b: 3}], b: 4}",
    "{<<: 5}",
    "{<<: ~}",
    "{<<: [5]}",
    "{'<<': {a: 1}}",
    "{<<: {1: x}, a: b}",
  ],
  ...[
    "{<<: {<<: {a: 1, b: 1}, a: 2}, c: 3}",
    "{<<: {a: ~}, a: 1}",
    "{!!merge <<: {a: 1}}",
    "{!!str <<: {a: 1}}",
    "<<",
    "{<<: }",
  ],
  ...[
    "*base",
    "*none",
    "&self [*self]",
    "&self {a: *self}",
    "&twice [1, &twice [2, *twice], *twice]",
    "{<<: *base, more: 1}",
    "{<<: [*base, *base]}",
  ],
  ...["&x", "&x &y 1", "*base: x", "{*base : x}", "{a: &k b, *k : c}", "&k {<<: *k}", "[&e , *e]"],
  ...[
    `{secure: "${CIPHERTEXT}"}`,
    `[{secure: ${CIPHERTEXT}}]`,
    `{secure: "${CIPHERTEXT}", more: 1}`,
    "{secure: 5}",
    "{secure: [a]}",
    "{secure: 2026-01-01}",
  ],
  ...[
    `{<<: {secure: "${CIPHERTEXT}"}}`,
    `{a: {b: [{secure: "${CIPHERTEXT}"}]}}`,
    '{"secure": ""}',
    "{secure: {secure: x}}",
  ],
  ...[
    "@at",
    "`tick`",
    "%percent",
    "a # comment",
    "a#b",
    "a: ",
    "- a",
    "? a",
    "a:b",
    "::",
    "-",
    "--- a",
    "|",
    ">-",
    "|2",
    "| # c",
    "&",
    "*",
    "!",
    "=",
    "<",
  ],
  ...[
    "http://h:1/x?y#z",
    "a\\b",
    "\u00e9\u4e2d\ud83d\ude00",
    "__proto__",
    "{__proto__: {a: 1}}",
    "{constructor: 1}",
  ],
];

/** What whole lines are put in at the indentation of the config's keys. */
export const LINES = [
  "  toggle: { falco: false }",
  "  security-stack:toggle: { falco: false }",
  "  security-stack:config:tests: { enabled: true }",
  "  security-stack:other:tests: 1",
  "  other:key: { secure: 5 }",
  `  other:secret: { secure: '${CIPHERTEXT}' }`,
  "  a:b:c:d: 1",
  "  1: one",
  "  ~: null",
  "  security-stack:empty:",
  "  security-stack:text: |\n    one\n     two\n\n    three",
  "  security-stack:text: |+\n\n    kept\n\n",
  "  security-stack:text: >-\n    folded\n    text\n\n      more\n    end",
  "  security-stack:text: |2\n      indented\n    less",
  '  security-stack:text: "\\n  leading\\n"',
  '  security-stack:text: " \\t spaces \\n\\n"',
  "  security-stack:plain: one\n    two\n\n    three",
  "  security-stack:list:\n  - a\n  - b:\n    c: d",
  "  security-stack:list:\n    - - a\n      - b\n    -",
  "  ? security-stack:complex\n  : value",
  "  ? [a]\n  : value",
  "  <<: { security-stack:merged: 1 }",
  "  <<: { merged: 1 }",
  "  security-stack:a: &a [x,x,x,x,x,x,x,x,x]\n  security-stack:b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  security-stack:c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  security-stack:d: [*c,*c,*c]",
  "  security-stack:few: &few [x, y]\n  security-stack:more: [*few, *few]",
  "environment: [prod]",
  "encryptionsalt: v1:c2FsdA==:v1:bm9uY2U=:dGV4dA==",
  "encryptionsalt: [1]",
  "secretsprovider: 5",
  "1: one",
  "config: {}",
  "---\nconfig: { security-stack:second: 1 }",
  "...\njunk: [",
  "\tsecurity-stack:tab: 1",
  "  \tsecurity-stack:tab: 1",
  "# a comment",
  "    #comment",
  "%YAML 1.1",
  "  security-stack:toggle : { falco : false }",
  "  'security-stack:quoted': \"q\"",
  `  security-stack:long: { ${"k".repeat(200)}: 1 }`,
];

/** The base files: block and flow style, anchors, several kinds of value. */
export const BASES = [
  `config:
  security-stack:global: &base
    clusterName: dev
  security-stack:features:
    - { name: otel_pipeline, enabled: true, config: { gatewayReplicas: 1, nodeLogBasePath: /var/log/security } }
    - { name: falco, enabled: true, config: { priority: Notice } }
    - name: osquery
      config:
        intervalSeconds: 300
        packs: [scope-minimal]
  security-stack:output:
    elasticsearch:
      managed: { preset: poc, storage: { size: 100Gi } }
`,
  `# yaml-language-server: $schema=./docs/config.schema.json
encryptionsalt: v1:c2FsdA==:v1:bm9uY2U=:dGV4dA==
config:
  security-stack:global: { clusterName: "prod", context: 'prod-1' }
  security-stack:output:
    elasticsearch:
      endpoints:
      - https://es.example:9200
      apiKey:
        secure: ${CIPHERTEXT}
  security-stack:override:
    falco: &base { resources: { limits: { memory: 2Gi } } }
    nodeCollector: { <<: *base, replicas: 2 }
  security-stack:toggle: '{"trivy": false}'
`,
];
