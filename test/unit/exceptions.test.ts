import assert from "node:assert/strict";
import { parse } from "yaml";
import { alertsSchema } from "../../components/core/config/alerts-schema";
import { ConfigError, type ConfigIssue } from "../../components/core/config/config-error";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig, type Settings } from "../../components/core/config/parse";
import { parseStackFile } from "../../components/core/config/stack-file";
import { alerts } from "../../components/core/plan/alert-rules";
import { type Plan, plan } from "../../components/core/plan/plan";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { type FalcoEvent, RuleEvaluator } from "../support/falco/falco-evaluate";
import { MINIMAL, rawConfig } from "../support/stack/config";

const TODAY = "2026-11-29";
const SENSORS = "features: [{name: otel_pipeline}, {name: falco}, {name: tetragon}, {name: osquery}]\n";
const PROD = MINIMAL.replace("clusterName: dev", "clusterName: dev, policyLevel: prod");

interface Given {
  stack?: string;
  rest?: string;
  base?: string;
}

function settings(
  entries: object[],
  { stack = "dev", rest = SENSORS, base = MINIMAL }: Given = {},
): Settings {
  const raw = rawConfig(`${base}${rest}exceptions: ${JSON.stringify(entries.map(entry))}\n`);
  return parseConfig({ ...raw, occasion: { stack, today: TODAY } }, FEATURES);
}

/** With what every entry needs. */
function entry(given: object): object {
  return { reason: "nightly backups", owner: "team-storage", until: "2026-12-31", ...given };
}

function planned(entries: object[], given?: Given): Plan {
  return plan(settings(entries, given));
}

function issues(entries: object[], given?: Given): readonly ConfigIssue[] {
  try {
    settings(entries, given);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the config was accepted");
}

function contribution({ features }: Plan, feature: string) {
  const found = features.find(({ name }) => name === feature);
  assert.ok(found, feature);
  return found.contribution;
}

/** Each code once: a value may be wrong in two ways. */
function codesOf(entries: object[]): string[] {
  return [...new Set(issues(entries).map(({ code }) => code))];
}

/** Falco's rules file of exceptions: by rule, the exceptions that it gets. */
function falcoExceptions(from: Plan): Record<string, { fields: string[]; values: unknown[][] }[]> {
  const maps = contribution(from, "falco").manifests.filter(({ kind }) => kind === "ConfigMap");
  const texts = maps.flatMap((map) => ("data" in map ? [map.data?.["95-exceptions.yaml"]] : []));
  const text = texts.find((one) => one !== undefined);
  const entries: { rule: string; exceptions: { fields: string[]; values: unknown[][] }[] }[] = text
    ? parse(text)
    : [];
  return Object.fromEntries(entries.map(({ rule, exceptions }) => [rule, exceptions]));
}

function policies(from: Plan): Record<string, Record<string, unknown>> {
  const objects = contribution(from, "tetragon").customObjects ?? [];
  return Object.fromEntries(
    objects.map(({ metadata, spec }) => [metadata.name, spec as Record<string, unknown>]),
  );
}

function denied(from: Plan): unknown[] {
  const values = contribution(from, "tetragon").charts?.[0]?.values as {
    tetragon: { exportDenyList: string };
  };
  return values.tetragon.exportDenyList.split("\n").map((line) => JSON.parse(line));
}

const RULE = { rule: "", desc: "", condition: "", output: "", priority: "", tags: [] };
const without = planned([]);

describe("the list of exceptions", () => {
  it("refuses an entry without an end, an owner, a reason or anything to match", () => {
    const codes = (given: object) => issues([given]).map(({ code, path }) => `${code} ${path}`);
    const place = "security-stack:exceptions[0]";
    assert.deepEqual(codes({ namespace: "batch", until: undefined }), [`CFG004 ${place}.until`]);
    assert.deepEqual(codes({ namespace: "batch", owner: undefined }), [`CFG004 ${place}.owner`]);
    assert.deepEqual(codes({ namespace: "batch", reason: "" }), [`CFG003 ${place}.reason`]);
    assert.deepEqual(codes({ tool: "falco" }), [`CFG003 ${place}`]);
    assert.deepEqual(codes({ namespace: "**" }), [`CFG003 ${place}.namespace`]);
    assert.deepEqual(codes({ rule: "*" }), [`CFG003 ${place}.rule`]);
    assert.deepEqual(codes({ labels: {} }), [`CFG003 ${place}.labels`]);
    assert.deepEqual(codes({ namespace: "batch", until: "2027-02-30" }), [`CFG003 ${place}.until`]);
  });

  it("refuses names that are anybody's to choose: a program's without its path, an image's without its registry", () => {
    for (const process of ["backup", "./backup", "/usr/bin/../backup", "/usr/bin/*", "/tmp/a b", '/a"/b'])
      assert.deepEqual(codesOf([{ process }]), ["CFG003"], process);
    for (const image of [
      "backup",
      "acme/backup",
      "*/acme/backup",
      "quay.io/acme/backup:1.2",
      "quay.io*/backup",
    ])
      assert.deepEqual(codesOf([{ image }]), ["CFG003"], image);
  });

  it("lets an entry mute: sensors report, the gateway marks, no alert rule counts, and the plan says so", () => {
    const muted = planned([{ rule: "Shell *", namespace: "batch", effect: "mute", maxSeverity: 4 }]);
    assert.deepEqual(falcoExceptions(muted), {});
    assert.deepEqual(denied(muted), denied(without));
    const gateway = JSON.stringify(
      contribution(muted, "otel_pipeline").manifests.find(
        ({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("gateway"),
      ),
    );
    assert.match(gateway, /transform\/falco_muted/);
    assert.match(gateway, /team-storage: nightly backups/);
    assert.doesNotMatch(gateway, /filter\/falco/);
    const [one] = muted.exceptions!;
    assert.match(one!.unseen, /^nothing: events .* are stored, and raise no alert$/);
    assert.match(one!.appliedBy[0]!.how, /^marks what falco and tetragon wrote as excepted/);
    for (const { when } of alerts(INDICES, alertsSchema.parse({}), registryFacts(FEATURES).documents))
      if (when.kind === "matching")
        assert.deepEqual(when.filter.at(-1), { not: { field: "labels.excepted", exists: true } });
  });

  it("leaves what a later entry drops to the gateway where an earlier one mutes", () => {
    const drop = { namespace: "batch", path: "/etc/shadow" };
    assert.notDeepEqual(falcoExceptions(planned([drop])), {});
    assert.deepEqual(falcoExceptions(planned([{ namespace: "batch", effect: "mute" }, drop])), {});
  });

  it("refuses a sample of what is muted, and warns where nothing that raises an alert is", () => {
    const mute = { namespace: "batch", effect: "mute" };
    assert.deepEqual(codesOf([{ ...mute, keepPercent: 10 }]), ["CFG003"]);
    const warned = ({ warnings }: Plan) => warnings.some((line) => /exceptions\[0\] mutes/.test(line));
    assert.ok(warned(planned([mute])));
    assert.ok(!warned(planned([{ ...mute, maxSeverity: 4 }])));
  });

  it("refuses what no tool and not the gateway can tell, and says who could", () => {
    const [path] = issues([{ tool: "tetragon", path: "/etc/cron.d/backup" }]);
    assert.equal(path?.code, "CFG018");
    assert.match(path?.allowed ?? "", /for falco$/);
    assert.equal(issues([{ tool: "osquery", namespace: "batch" }])[0]?.code, "CFG018");
    assert.equal(issues([{ tool: "trivy", namespace: "batch" }])[0]?.code, "CFG018");
    const [typo] = issues([{ tool: "falko", namespace: "batch" }]);
    assert.deepEqual([typo?.code, typo?.nearest], ["CFG003", "falco"]);
  });

  it("refuses one that has ended where the policy level is prod, by the config or by the stack's name", () => {
    const ended = { namespace: "batch", until: "2026-11-28" };
    for (const given of [{ stack: "prod-eu" }, { stack: "blue" }, { stack: "dev", base: PROD }])
      assert.deepEqual(
        issues([ended], given).map(({ code }) => code),
        ["CFG017"],
        JSON.stringify(given),
      );
    assert.equal(issues([ended], { stack: "prod" })[0]?.found, "2026-11-28, and today is 2026-11-29");
  });

  it("lets one that has ended have no effect elsewhere, and warns", () => {
    const after = planned([{ namespace: "batch", maxSeverity: 5, until: "2026-11-28" }], {
      stack: "org/p/dev-eu",
    });
    assert.equal(JSON.stringify(after.features), JSON.stringify(without.features));
    assert.match(after.warnings.at(-1) ?? "", /exceptions\[0\] ended on 2026-11-28.*team-storage/);
    const lastDay = planned([{ namespace: "batch", until: TODAY }], { stack: "prod" });
    assert.equal(lastDay.exceptions?.length, 1);
  });

  it("takes a date without quotes, as YAML and Pulumi read it", () => {
    const text = `config: {"security-stack:global": {clusterName: dev}, "security-stack:exceptions": [{namespace: batch, reason: nightly backups, owner: team, until: 2026-12-31}], "security-stack:output": {elasticsearch: {endpoints: ["https://es.example:9200"], objects: {enabled: false}}}}`;
    const raw = parseStackFile(text, "Pulumi.dev.yaml");
    const { exceptions } = parseConfig({ ...raw, occasion: { stack: "dev", today: TODAY } }, FEATURES);
    assert.equal(exceptions.current[0]?.until, "2026-12-31");
  });

  it("is read from a stack's file for that stack and this day", () => {
    const { occasion } = loadFromFile("Pulumi.dev.yaml");
    assert.equal(occasion?.stack, "dev");
    assert.ok(Math.abs(Date.parse(occasion?.today ?? "") - Date.now()) < 2 * 24 * 3600 * 1000);
  });

  it("is never read without a date", () => {
    const raw = rawConfig(`${MINIMAL}exceptions: ${JSON.stringify([entry({ namespace: "batch" })])}\n`);
    assert.throws(() => parseConfig({ values: raw.values, encrypted: [] }, FEATURES), /without a date/);
  });

  it("changes no byte of a plan where it is empty", () => {
    assert.equal("exceptions" in without, false);
    const raw = rawConfig(`${MINIMAL}${SENSORS}`);
    assert.equal(JSON.stringify(plan(parseConfig(raw, FEATURES))), JSON.stringify(without));
  });

  it("is shown in the plan: what nobody will see, and who leaves it out", () => {
    const [one] = planned([{ namespace: "batch", process: "/usr/bin/backup" }]).exceptions ?? [];
    assert.equal(
      one?.unseen,
      "all events of falco and tetragon, of severity 1 to 3, with namespace batch, process /usr/bin/backup",
    );
    assert.deepEqual(
      one?.appliedBy.map(({ feature }) => feature),
      ["otel_pipeline", "falco", "tetragon"],
    );
  });

  it("warns of one that nobody applies, and of one that hides alerts", () => {
    const off = planned([{ tool: "falco", namespace: "batch" }], {
      rest: "features: [{name: otel_pipeline}]\n",
    });
    assert.match(off.warnings.at(-1) ?? "", /exceptions\[0\].*has no effect/);
    const severe = planned([{ namespace: "batch", maxSeverity: 4 }]);
    assert.ok(severe.warnings.some((text) => /exceptions\[0\] leaves out events of severity 4/.test(text)));
  });

  it("takes the place of the pipeline's filters, and shows the entries to write", () => {
    const filters = [{ tool: "falco", reason: "a load test", namespaces: ["a", "b-*"], rules: ["X"] }];
    const rest = `features: [{name: otel_pipeline, config: {filters: ${JSON.stringify(filters)}}}]\n`;
    const [issue] = issues([], { rest });
    assert.equal(issue?.code, "CFG019");
    assert.equal(issue?.path, "security-stack:features[0].config.filters");
    assert.match(issue?.fix ?? "", /security-stack:exceptions/);
    for (const namespace of ["a", "b-*"])
      assert.match(
        issue?.fix ?? "",
        new RegExp(
          `reason: a load test, [^{]*tool: falco, namespace: ${namespace.replace("*", "\\*")}, rule: X`,
        ),
      );
  });

  it("takes the place of Tetragon's quiet namespaces but for the default", () => {
    const quiet = (list: string) =>
      `features: [{name: otel_pipeline}, {name: tetragon, config: {export: {quietNamespaces: ${list}}}}]\n`;
    assert.match(
      issues([], { rest: quiet("[batch]") })[0]?.allowed ?? "",
      /security-stack:exceptions: \{tool: tetragon/,
    );
    assert.ok(settings([], { rest: quiet("[]") }));
  });
});

describe("exceptions that Falco applies", () => {
  it("are added to the rules of the stack, but for those whose events maxSeverity keeps", () => {
    const rules = falcoExceptions(planned([{ namespace: "batch", image: "quay.io/acme/backup" }]));
    assert.deepEqual(rules["Cron file written"], [
      {
        name: "exceptions_0",
        fields: ["k8s.ns.name", "container.image.repository"],
        comps: ["=", "="],
        values: [["batch", "quay.io/acme/backup"]],
      },
    ]);
    assert.equal("Namespace entered from container" in rules, false, "Critical is severity 4");
    const all = falcoExceptions(planned([{ namespace: "batch", maxSeverity: 4 }]));
    assert.equal("Namespace entered from container" in all, true);
  });

  it("are added to the rules named, by name or technique", () => {
    const byRule = falcoExceptions(planned([{ namespace: "batch", rule: "Cron*" }]));
    assert.deepEqual(Object.keys(byRule), ["Cron file written", "Crontab command run in container"]);
    const byTechnique = falcoExceptions(planned([{ namespace: "batch", technique: "T1528" }]));
    assert.deepEqual(Object.keys(byTechnique), [
      "Service account token read in container",
      "Service account token linked in container",
    ]);
  });

  it("by a program are for the file of the image or the node, not for one that is written to its path", () => {
    const from = planned([{ process: "/usr/bin/backup" }]);
    const [first] = falcoExceptions(from)["Cron file written"] ?? [];
    assert.deepEqual(first?.fields, ["proc.exepath", "proc.is_exe_upper_layer"]);
    assert.deepEqual(first?.values, [["/usr/bin/backup", false]]);
    // The gateway needs the field too.
    assert.match(JSON.stringify(contribution(from, "falco").manifests), /proc\.is_exe_upper_layer\\n/);
  });

  it("are not those that only the gateway can tell", () => {
    for (const given of [
      { namespace: "batch-*" },
      { labels: { app: "web" } },
      { namespace: "batch", labels: { app: "web" } },
      { rule: "Cron file written" },
      { namespace: "batch", keepPercent: 10 },
      { namespace: "batch", tool: "tetragon" },
    ])
      assert.deepEqual(falcoExceptions(planned([given])), {}, JSON.stringify(given));
  });

  it("are not those after one that keeps a sample: the first that fits decides", () => {
    const keep = { rule: "Cron file written", keepPercent: 100 };
    const drop = { namespace: "batch" };
    assert.deepEqual(falcoExceptions(planned([keep, drop])), {});
    assert.notDeepEqual(falcoExceptions(planned([drop, keep])), {});
  });

  it("are not for rules that a file of the user's changes, whose priority may be another", () => {
    const custom = "- {rule: Cron file written, priority: CRITICAL, override: {priority: replace}}";
    const rest = `features: [{name: otel_pipeline}, {name: falco, config: {rules: {custom: {a.yaml: ${JSON.stringify(custom)}}}}}]\n`;
    const rules = falcoExceptions(planned([{ namespace: "batch" }], { rest }));
    assert.equal("Cron file written" in rules, false);
    assert.equal("Crontab command run in container" in rules, true);
  });
});

describe("what Falco makes of its exceptions", () => {
  const from = planned([{ namespace: "batch", process: "/usr/bin/backup" }]);
  const evaluator = new RuleEvaluator([]);
  const isExcepted = (event: FalcoEvent) => {
    const [exception] = falcoExceptions(from)["Cron file written"] ?? [];
    assert.ok(exception);
    const { fields, values } = exception;
    const exceptions = [{ name: "one", fields, comps: fields.map(() => "="), values }];
    return evaluator.isExcepted({ ...RULE, exceptions }, event);
  };
  const EVENT = {
    "k8s.ns.name": "batch",
    "proc.exepath": "/usr/bin/backup",
    "proc.name": "backup",
    "proc.is_exe_upper_layer": false,
  };

  it("leaves out the event that fits", () => assert.equal(isExcepted(EVENT), true));
  for (const [title, change] of Object.entries({
    "a copy elsewhere under the name": { "proc.exepath": "/tmp/backup" },
    "a file written to the program's path": { "proc.is_exe_upper_layer": true },
    "another namespace": { "k8s.ns.name": "batch-2" },
  }))
    it(`reports ${title}`, () => assert.equal(isExcepted({ ...EVENT, ...change }), false));
});

describe("exceptions that Tetragon applies", () => {
  it("narrow the pods of its policies where all matches may go", () => {
    const spec = policies(
      planned([
        { namespace: "batch", maxSeverity: 4 },
        { labels: { app: "load" }, maxSeverity: 5 },
      ]),
    );
    assert.deepEqual(spec["suspicious-egress"]?.["podSelector"], {
      matchExpressions: [
        { key: "k8s:io.kubernetes.pod.namespace", operator: "NotIn", values: ["batch"] },
        { key: "app", operator: "NotIn", values: ["load"] },
      ],
    });
    assert.equal("hostSelector" in (spec["suspicious-egress"] ?? {}), false);
    assert.deepEqual(spec["cron-persistence"]?.["hostSelector"], {}, "the hosts stay");
  });

  it("leave the policies alone where a match is more severe than may go", () => {
    assert.deepEqual(policies(planned([{ namespace: "batch" }])), policies(without));
  });

  it("never leave out a program by its path, an image, or pods by two conditions at once", () => {
    for (const given of [
      { process: "/usr/bin/backup" },
      { namespace: "batch", process: "/usr/bin/backup" },
      { image: "quay.io/acme/backup" },
      { namespace: "batch", labels: { app: "load" } },
      { labels: { app: "load", tier: "front" } },
      { namespace: "batch-*" },
    ])
      assert.deepEqual(
        policies(planned([{ ...given, maxSeverity: 5 }])),
        policies(without),
        JSON.stringify(given),
      );
  });

  it("are for the policies named, and never for one that kills", () => {
    const named = policies(planned([{ namespace: "batch", rule: "suspicious-*", maxSeverity: 4 }]));
    const before = policies(without);
    for (const [name, spec] of Object.entries(named))
      assert.equal(JSON.stringify(spec) !== JSON.stringify(before[name]), name === "suspicious-egress", name);
    const rest =
      "features: [{name: otel_pipeline}, {name: tetragon, config: {enforce: [suspicious-egress]}}]\n";
    assert.deepEqual(
      policies(planned([{ namespace: "batch", rule: "suspicious-egress", maxSeverity: 4 }], { rest })),
      policies(planned([], { rest })),
    );
  });

  it("keep starts and ends of processes out of the file, by namespace and path, never by a pattern", () => {
    const lines = denied(planned([{ namespace: "batch", process: "/usr/bin/back.up" }]));
    assert.deepEqual(lines.at(-1), {
      namespace: ["batch"],
      binary_regex: ["^/usr/bin/back\\.up$"],
      event_set: ["PROCESS_EXEC", "PROCESS_EXIT"],
    });
    for (const given of [
      { namespace: "batch", rule: "process-exec" },
      { namespace: "batch", maxSeverity: 1 },
      { namespace: "batch-*" },
      { namespace: "batch", user: "root" },
      { namespace: "batch", tool: "falco" },
    ])
      assert.deepEqual(denied(planned([given])), denied(without), JSON.stringify(given));
  });
});
