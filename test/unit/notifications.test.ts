import assert from "node:assert/strict";
import { parse } from "yaml";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig } from "../../components/core/config/parse";
import { ContractError } from "../../components/core/contract/contract-error";
import { type Plan, plan } from "../../components/core/plan/plan";
import type { Alert } from "../../components/documents/alerts";
import { podSpecOf } from "../../components/kubernetes/pod-spec";
import { alertsOf, workloadOf } from "../../components/notifications/notifier/alert-message";
import { clean } from "../../components/notifications/notifier/clean";
import { burst, type Firing } from "../../components/notifications/notifier/firing";
import { Health } from "../../components/notifications/notifier/health";
import { dashboardLink } from "../../components/notifications/notifier/link";
import { FEATURES } from "../../components/registry";

type Json = Record<string, unknown>;

const secretRef = (name: string) => ({ name });
const chat = { name: "chat", slack: { secretRef: secretRef("chat"), channel: "#security" } };
const hook = { name: "hook", webhook: { url: "https://hooks.example/alerts", secretRef: secretRef("hook") } };

function planned(config: Json, elasticsearch: Json = {}): Plan {
  const values = {
    global: { clusterName: "test" },
    features: [{ name: "falco" }, { name: "otel_pipeline" }, { name: "notifications", config }],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"], ...elasticsearch } },
  };
  return plan(parseConfig({ values, encrypted: [] }, FEATURES));
}

function contribution(config: Json) {
  return planned(config).features.find(({ name }) => name === "notifications")!.contribution;
}

function alertmanagerConfig(config: Json): { route: { routes: Json[] }; [key: string]: unknown } {
  const manifest = contribution(config).manifests.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "alertmanager",
  );
  return parse((manifest as { data: Record<string, string> }).data["alertmanager.yml"]!, {
    maxAliasCount: -1,
  });
}

describe("notifications: config", () => {
  const wrong: [what: string, config: Json, code: string, path: RegExp][] = [
    [
      "a receiver without a secret",
      { receivers: [{ name: "chat", slack: { channel: "#a1" } }] },
      "CFG004",
      /slack\.secretRef/,
    ],
    ["a receiver of no kind", { receivers: [{ name: "chat" }] }, "CFG003", /receivers\[0\]/],
    [
      "a receiver of two kinds",
      { receivers: [{ ...chat, webhook: hook.webhook }] },
      "CFG003",
      /receivers\[0\]/,
    ],
    [
      "two receivers of one name",
      { receivers: [chat, { ...hook, name: "chat" }] },
      "CFG003",
      /receivers\[1\]\.name/,
    ],
    [
      "an unknown field of a route",
      { receivers: [chat], routes: [{ receivers: ["chat"], severty: "high" }] },
      "CFG001",
      /routes\[0\]\.severty/,
    ],
    [
      "two routes that take all",
      { receivers: [chat], routes: [{ receivers: ["chat"] }, { receivers: ["chat"] }] },
      "CFG003",
      /routes\[1\]/,
    ],
    [
      "routes of which none takes what is left",
      { receivers: [chat], routes: [{ receivers: ["chat"], minSeverity: "high" }] },
      "CFG003",
      /routes$/,
    ],
    [
      "a route behind the one that takes all",
      { receivers: [chat], routes: [{ receivers: ["chat"] }, { receivers: ["chat"], tools: ["falco"] }] },
      "CFG003",
      /routes\[0\]/,
    ],
    [
      "a route to nobody known",
      { receivers: [chat], routes: [{ receivers: ["chta"] }] },
      "CFG003",
      /routes\[0\]\.receivers\[0\]/,
    ],
    [
      "a receiver that no route names",
      { receivers: [chat, hook], routes: [{ receivers: ["chat"] }] },
      "CFG003",
      /receivers\[1\]/,
    ],
    [
      "a mute time that is not there",
      { receivers: [chat], routes: [{ receivers: ["chat"], muteTimes: ["night"] }] },
      "CFG003",
      /muteTimes\[0\]/,
    ],
    [
      "a mute time that ends before it begins",
      { receivers: [chat], muteTimes: [{ name: "night", from: "22:00", to: "06:00" }] },
      "CFG003",
      /muteTimes\[0\]/,
    ],
    [
      "a webhook without TLS",
      { receivers: [{ ...hook, webhook: { ...hook.webhook, url: "http://hooks.example/" } }] },
      "CFG003",
      /webhook\.url/,
    ],
    ...["# security", "#Security", "#a b", "#a\n", "security", "<!channel>", '#a"}}'].map(
      (channel): [string, Json, string, RegExp] => [
        `the channel ${JSON.stringify(channel)}`,
        { receivers: [{ ...chat, slack: { ...chat.slack, channel } }] },
        "CFG003",
        /slack\.channel/,
      ],
    ),
    ...["{severty}: {summary}", "{{ .Alerts }}", "{rule", "} {", "a\nb", ""].map(
      (title): [string, Json, string, RegExp] => [
        `the title ${JSON.stringify(title)}`,
        { receivers: [chat], message: { title } },
        "CFG003",
        /message\.title/,
      ],
    ),
    ["a template of Alertmanager's", { receivers: [chat], templates: ["{{"] }, "CFG001", /templates/],
    [
      "a topic that is none",
      { receivers: [{ name: "t", sns: { topicArn: "alerts" } }] },
      "CFG003",
      /sns\.topicArn/,
    ],
  ];
  for (const [what, config, code, path] of wrong)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => planned(config),
        (error: unknown) =>
          error instanceof ConfigError &&
          error.issues.some((issue) => issue.code === code && path.test(issue.path)),
      );
    });

  for (const [what, more] of [
    ["a managed Elasticsearch", { managed: {} }],
    [
      "one of the user's",
      {
        endpoints: ["https://es.example:9200"],
        objects: {
          ...{ enabled: true, endpoints: ["https://es.example:9200"], kibanaEndpoint: "https://k.example" },
          ...{ username: "u", password: "p" },
        },
      },
    ],
  ] as const)
    it(`warns that Kibana's connectors need a license, with ${what}`, () => {
      const elasticsearch = {
        ...more,
        objects: { ...("objects" in more ? more.objects : {}), alerts: { notifiedBy: "kibana" } },
      };
      const values = {
        global: { clusterName: "test" },
        features: [{ name: "falco" }, { name: "otel_pipeline" }],
        output: { elasticsearch },
      };
      const encrypted = [["output", "elasticsearch", "objects", "password"]];
      const { warnings } = plan(parseConfig({ values, encrypted }, FEATURES));
      assert.match(warnings.join("\n"), /most of its connectors need a paid license/);
    });

  it("refuses two that tell people, and connectors of Kibana without it being the one", () => {
    const kibana = { objects: { alerts: { notifiedBy: "kibana" } } };
    assert.throws(
      () => planned({ receivers: [chat] }, kibana),
      (error: unknown) => error instanceof ContractError && error.code === "FTR010",
    );
    const connectors = [{ id: "a", params: {} }];
    assert.throws(() => planned({ receivers: [chat] }, { objects: { alerts: { connectors } } }), ConfigError);
  });
});

describe("notifications: plan", () => {
  it("sends all alerts to all receivers where there are no routes, and each test to its own", () => {
    const { route } = alertmanagerConfig({ receivers: [chat, hook] });
    assert.deepEqual(
      route.routes.map(({ receiver, matchers, continue: goesOn }) => [receiver, matchers, goesOn]),
      [
        ["chat", ['security_stack_test="chat"'], undefined],
        ["hook", ['security_stack_test="hook"'], undefined],
        ["chat", undefined, true],
        ["hook", undefined, undefined],
      ],
    );
  });

  it("works without a receiver, and says that nobody is told", () => {
    assert.match(contribution({}).warnings!.join(), /nobody is told/);
    assert.deepEqual(alertmanagerConfig({}).route.routes, []);
  });

  it("makes matchers of a route's conditions, a technique with its sub-techniques", () => {
    const { route } = alertmanagerConfig({
      receivers: [chat],
      routes: [
        {
          receivers: ["chat"],
          minSeverity: "high",
          techniques: ["T1611", "T1053.003"],
          namespaces: ["shop"],
        },
        { receivers: ["chat"] },
      ],
    });
    assert.deepEqual(route.routes[1]!["matchers"], [
      'severity=~"high|critical"',
      'technique=~"T1611|T1611[.][0-9]{3}|T1053[.]003"',
      'namespace=~"shop"',
    ]);
  });

  it("mutes nothing of high and above for a silent sensor", () => {
    const [rule] = alertmanagerConfig({ receivers: [chat] })["inhibit_rules"] as Json[];
    assert.deepEqual(rule!["equal"], ["tool", "host"]);
    assert.ok((rule!["target_matchers"] as string[]).includes('severity=~"medium|low|informational"'));
  });

  it("has no secret, and asks for the Secrets that are to be made", () => {
    const { manifests, nextSteps } = contribution({ receivers: [chat, hook] });
    assert.match(nextSteps!.join(), /chat, hook, notifier-api-key/);
    const spec = podSpecOf(manifests.find(({ kind }) => kind === "StatefulSet")!)!;
    const mounted = spec.volumes!.flatMap(({ secret }) => secret?.secretName ?? []);
    assert.deepEqual(mounted.sort(), ["alertmanager-certificates-1", "chat", "hook"]);
    assert.ok(
      manifests.every(({ kind }) => !/Role/.test(kind)),
      "it has no rights in Kubernetes",
    );
    for (const { spec: pod } of [
      { spec },
      { spec: podSpecOf(manifests.find(({ kind }) => kind === "Deployment")!)! },
    ])
      assert.equal(pod.automountServiceAccountToken, false);
  });

  it("gives the notifier the rules with the tools' own times of silence", () => {
    const program = contribution({ receivers: [chat] }).manifests.find(
      ({ metadata }) => metadata.name === "notifier-program",
    ) as { data: Record<string, string> };
    const rules = JSON.parse(program.data["rules.json"]!) as Alert[];
    assert.ok(rules.some(({ id }) => id === "security-severe-event"));
    assert.ok(rules.length > 5);
  });

  it("lets the pods reach their receivers only", () => {
    const mail = {
      name: "mail",
      email: {
        ...{ to: "a@example.com", from: "b@example.com", smarthost: "smtp.example.com:587" },
        ...{ username: "u", secretRef: secretRef("mail") },
      },
    };
    const policy = contribution({ receivers: [mail] }).manifests.find(
      ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "alertmanager",
    ) as { spec: { egress: { ports: { port: number }[] }[] } };
    assert.deepEqual(
      policy.spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port)),
      [587],
    );
  });
});

const RULE: Alert = {
  id: "security-severe-event",
  name: "Event of severity 4 or higher",
  severity: 5,
  fix: "Look.",
  when: {
    ...{ kind: "matching", index: "security-events", timeField: "event.created", minutes: 15, atLeast: 1 },
    filter: [{ field: "event.severity", atLeast: 4 }],
    groupBy: ["rule.name", "host.name"],
  },
};

const firing = (group: Firing["group"], change: Partial<Firing> = {}): Firing => ({
  ...{ rule: RULE, group, count: 1, first: 1_000, last: 2_000, until: 3_000, example: {} },
  ...change,
});

describe("notifications: the notifier", () => {
  const settings = { clusterName: "prod", kibanaUrl: undefined };

  it("makes one alert of the pods of a workload, with what is the same in every pass as labels", () => {
    const group = {
      "rule.name": "Shell",
      "host.name": "n1",
      "event.severity": 4,
      "kubernetes.namespace": "shop",
    };
    const [alert, ...others] = alertsOf(
      [
        firing({ ...group, "kubernetes.pod.name": "web-7d9c5bb6d4-x2x4k" }),
        firing(
          { ...group, "kubernetes.pod.name": "web-7d9c5bb6d4-bbbbb" },
          { last: 5_000, until: 6_000, count: 2 },
        ),
      ],
      settings,
      2_500,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(alert!.labels, {
      ...{ alertname: "security-severe-event", severity: "high", cluster: "prod" },
      ...{ rule: "Shell", host: "n1", namespace: "shop", workload: "web" },
    });
    assert.equal(alert!.annotations["summary"], "Shell · shop/web · prod");
    assert.match(alert!.annotations["description"]!, /^n1: 3 documents, .* pods web-7d9c5bb6d4-bbbbb, web-/);
    assert.equal(alert!.annotations["first_seen"], new Date(1_000).toISOString());
    // Not then: Alertmanager would send a group at once, and what joins it a moment later in a second message.
    assert.equal(alert!.startsAt, new Date(2_500).toISOString());
    assert.equal(alert!.endsAt, new Date(6_000).toISOString());
  });

  for (const [pod, workload] of [
    ["web-7d9c5bb6d4-x2x4k", "web"],
    ["agent-x2x4k", "agent"],
    ["db-0", "db"],
    ["backup-29384756-x2x4k", "backup"],
    ["by-hand", "by-hand"],
    ["nginx", "nginx"],
  ])
    it(`takes pod ${pod} for one of ${workload}`, () => assert.equal(workloadOf(pod!), workload));

  it("counts within a window wherever it begins", () => {
    const minute = 60_000;
    const parts = (...minutes: number[]) => minutes.map((at) => ({ key: at * minute, doc_count: 1 }));
    assert.equal(burst(parts(0, 1, 20), 3, 15 * minute, minute), undefined);
    assert.deepEqual(burst(parts(0, 14, 15), 3, 15 * minute, minute), {
      ...{ count: 3, first: 0, last: 16 * minute },
    });
    assert.deepEqual(burst(parts(0, 30, 31, 32, 60), 3, 15 * minute, minute)?.last, 33 * minute);
    assert.equal(burst([], 1, minute, 1), undefined);
  });

  it("cleans text of what can't be seen, of addresses and of length", () => {
    assert.equal(clean("a\n\u202eb\u200b  c\u0000"), "a b c");
    assert.equal(clean("see https://evil.example/x"), "see https[:]//evil.example/x");
    assert.equal(clean("[ok](mailto:a@b) WWW.evil.example"), "[ok] (mailto:a@b) www[.]evil.example");
    assert.equal([...clean("é".repeat(1_000_000))].length, 300);
    assert.equal(clean("😀".repeat(400), 10), `${"😀".repeat(9)}…`);
    assert.equal(clean(undefined), "");
  });

  it("links to the dashboard with the filter, whatever a name holds", () => {
    const link = dashboardLink("https://k.example/", firing({ "rule.name": `it's "odd" !&#` }));
    assert.match(link, /^https:\/\/k\.example\/app\/dashboards#\/view\/security-detections\?_g=/);
    assert.doesNotMatch(link, /['"\s]/);
    const state = decodeURIComponent(link.slice(link.indexOf("_a=") + 3));
    assert.equal(
      state,
      String.raw`(query:(language:kuery,query:'event.severity >= 4 and rule.name: "it!'s \"odd\" !!&#"'))`,
    );
  });

  it("is ready while passes succeed, and healthy while it makes some", () => {
    const health = new Health(30_000, 0);
    assert.deepEqual([health.isReady(400_000), health.isHealthy(400_000)], [false, true]);
    health.tried(1_000_000);
    health.passed(1_000_000);
    assert.deepEqual([health.isReady(1_100_000), health.isReady(1_300_000)], [true, false]);
    assert.deepEqual([health.isHealthy(1_300_000), health.isHealthy(1_700_000)], [true, false]);
  });
});
