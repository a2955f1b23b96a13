import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { envelopeSchema } from "../../components/core/config/envelope-schema";
import { PRIVATE_NETWORKS } from "../../components/core/config/networks";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { schema } from "../../components/correlation/correlation-schema";
import { allRules } from "../../components/correlation/resolve-rules";
import { TACTICS } from "../../components/documents/attack";
import { filterClauses } from "../../components/documents/condition";
import type { FieldType } from "../../components/documents/fields";
import { indexTemplates } from "../../components/documents/index-templates";
import { STABLE_RULES } from "../../components/falco/noise";
import { falcoRules } from "../../components/falco/rule-facts";
import { auditCollector } from "../../components/k8s-audit/audit-collector";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../components/tetragon/policies/own-policies";
import { ALL_SCENARIOS, REFUSED, SCENARIOS } from "../../scenarios/all-scenarios";
import { EXPLOITABLE } from "../../scenarios/check/chains";
import { CHECKLIST, CORE } from "../../scenarios/checklist/items";
import { podManifest, SHAPES } from "../../scenarios/cluster/test-pods";
import { ATTACK_VERSION, CONTAINERS_MATRIX, parentOf } from "../../scenarios/model/attack-matrix";
import { GAPS } from "../../scenarios/model/gaps";
import { DEFAULT_INDICES, namespaceOf } from "../../scenarios/model/names";
import { isConfined } from "../../scenarios/model/request-guard";
import { defineScenario, POD_NAMES, querySchema, type Scenario } from "../../scenarios/model/scenario-schema";
import { columns, coverage, type RunEvidence, taggedTechniques } from "../../scenarios/report/coverage";
import { sampleEvidence, samplesOf } from "../../scenarios/samples/samples";
import { falcoContribution, rulesOf } from "../support/falco/falco-plan";

const COVERAGE = { scenarios: SCENARIOS, tagged: taggedTechniques(FEATURES), samples: sampleEvidence };

const { documents } = registryFacts(FEATURES);

const QUERIES = path.join(__dirname, "..", "..", "scenarios", "queries");
const termsOf = ({ query }: { query: Scenario["expectations"][number]["query"] }) =>
  Object.assign({}, ...query.query.bool.filter.map((clause) => clause["term"] ?? {})) as Record<
    string,
    string
  >;

describe("the scenarios", () => {
  it("have names of their own, and the core five are among them", () => {
    const ids = ALL_SCENARIOS.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(ids.slice(0, CORE.length), [...CORE]);
    assert.ok(ids.length >= 15);
  });

  for (const scenario of SCENARIOS)
    describe(scenario.id, () => {
      it("claims only techniques that a rule or policy it counts on is tagged with", () => {
        const tagged = scenario.expectations.flatMap((expectation) => {
          const { "rule.name": rule, "tetragon.policy_name": policy } = termsOf(expectation);
          const requests = auditRuleOf(expectation);
          const by = requests ?? (rule ? `falco: ${rule}` : `tetragon: ${policy}`);
          return taggedTechniques(FEATURES).filter((one) => one.by === by);
        });
        for (const technique of scenario.techniques)
          assert.ok(
            tagged.some((one) => one.technique === technique),
            `${technique}: tagged are ${tagged.map((one) => one.technique).join(", ")}`,
          );
      });

      it("does not call simulated what it claims, and claims or simulates something unless it only looks", () => {
        for (const technique of scenario.simulates) assert.ok(!scenario.techniques.includes(technique));
        assert.ok(scenario.danger === "none" || scenario.techniques.length + scenario.simulates.length > 0);
      });

      it("counts on rules, policies and hooks that are deployed", () => {
        for (const expectation of scenario.expectations) {
          const terms = termsOf(expectation);
          const rule = terms["rule.name"];
          if (rule) assert.ok(falcoRules().has(rule), rule);
          const { "tetragon.policy_name": policy, "tetragon.function_name": call } = terms;
          if (policy) assert.ok(isHooked(policy, call), `${policy} ${call}`);
          assert.equal(terms["labels.security_tool"], expectation.tool);
        }
      });

      it("counts on chains of rules that there are, of its pods, by what the stack has", () => {
        const rules = new Map(allRules(documents, schema.parse({})).map((rule) => [rule.name, rule]));
        for (const { rule, pod, user, technique, takes, whereVulnerable } of scenario.chains) {
          const { groupBy, steps, while: state } = rules.get(rule)!;
          assert.equal(technique !== undefined, groupBy.includes("threat.technique.id"), rule);
          assert.equal(pod === undefined, user !== undefined && groupBy.includes("user.name"), rule);
          assert.equal(whereVulnerable, state === "exploitable-vulnerability", rule);
          assert.ok(pod === undefined || scenario.pods.some((one) => one === pod), pod);
          assert.ok(steps.length > 0);
          for (const [tool, name] of takes.map((one) => one.split(": ")))
            if (tool === "falco") assert.ok(name === undefined || falcoRules().has(name), name);
            else if (tool === "tetragon")
              assert.ok(
                POLICIES.some((one) => one.name === name),
                name,
              );
            else assert.ok(tool === "k8s_audit" && name === undefined, tool);
        }
      });

      it("acts in the pods that it names, and looks for them where they are", () => {
        const acting = [...scenario.steps, ...scenario.cleanup].flatMap((step) => podsOf(step));
        for (const pod of acting)
          assert.ok(
            scenario.pods.some((one) => one === pod),
            pod,
          );
        for (const expectation of scenario.expectations) {
          const { "kubernetes.pod.name": pod, "kubernetes.namespace": namespace } = termsOf(expectation);
          if (pod) assert.equal(namespace, namespaceOf(pod));
        }
      });

      it("has samples of every tool that it counts on, lines of JSON of which no two are the same", () => {
        const samples = samplesOf(scenario.id);
        const tools = (all: { tool: string }[]) => [...new Set(all.map(({ tool }) => tool))].sort();
        for (const tool of tools(scenario.expectations)) assert.ok(tools(samples).includes(tool), tool);
        const lines = samples.map(({ line }) => line(new Date()));
        for (const line of lines) assert.ok(JSON.parse(line) && !line.includes("\n"));
        assert.equal(new Set(lines).size, lines.length);
      });
    });

  it("ask for what has to be refused by names of rules, and change nothing by it", () => {
    for (const { id, steps, refusals, techniques, expectations } of REFUSED) {
      assert.equal(refusals.length, 1, id);
      const asked = steps.filter((step) => step.do === "request" && step.refusedBy);
      assert.equal(asked.length, refusals[0]?.rule === undefined ? 0 : 1, id);
      for (const step of asked)
        if (step.do === "request") {
          assert.equal(step.refusedBy?.[0], `security-stack-${refusals[0]?.rule}`);
          assert.match(step.path, /[?]dryRun=All$/);
        }
      const named = expectations.map((one) => termsOf(one)["k8s_audit.rules"]);
      for (const technique of techniques)
        assert.ok(
          taggedTechniques(FEATURES).some(
            (one) => one.technique === technique && named.includes(one.by.replace("k8s_audit: ", "")),
          ),
          technique,
        );
    }
  });

  it("may ask the API server of any object what would be, but of nothing that it carries out all the same", () => {
    const asks = (method: string, path: string) => isConfined({ method, path, body: {} });
    assert.ok(asks("PATCH", "/api/v1/namespaces/kube-system?dryRun=All"));
    assert.ok(asks("POST", "/apis/networking.istio.io/v1/namespaces/shop/serviceentries?dryRun=All"));
    for (const path of [
      "/api/v1/namespaces/kube-system",
      "/api/v1/namespaces/kube-system?dryRun=All&dryRun=",
      "/api/v1/namespaces/kube-system?dryRun=",
      "/api/v1/namespaces/shop/pods/web/exec?dryRun=All",
      "/api/v1/namespaces/shop/serviceaccounts/web/token?dryRun=All",
      "/api/v1/nodes/n/proxy?dryRun=All",
    ])
      assert.ok(!asks("POST", path), path);
    assert.ok(!asks("DELETE", "/api/v1/namespaces/shop?dryRun=All"));
  });

  it("are refused with the place of what is wrong", () => {
    const [scenario] = SCENARIOS;
    assert.ok(scenario);
    assert.throws(() => defineScenario({ ...scenario, techniques: ["T99"] }), /techniques\[0\]/);
    assert.throws(() => defineScenario({ ...scenario, expectations: [] }), /expectations/);
    assert.throws(() => defineScenario({ ...scenario, surprise: 1 } as never), /surprise/);
  });
});

describe("the queries", () => {
  const files = fs.readdirSync(QUERIES);
  const used = new Set(
    ALL_SCENARIOS.flatMap(({ expectations }) => expectations.map(({ query }) => JSON.stringify(query))),
  );
  const templates = indexTemplates(
    envelopeSchema.parse({
      global: { clusterName: "c" },
      output: { elasticsearch: { endpoints: ["https://localhost:9200"] } },
    }).output.elasticsearch.indices,
    documents,
  );

  for (const file of files)
    it(`${file} is valid, used, and asks for fields that the index has`, () => {
      const query = querySchema.parse(JSON.parse(fs.readFileSync(path.join(QUERIES, file), "utf8")));
      assert.ok(used.has(JSON.stringify(query)), "no scenario uses it");
      const index = templates.indices.find(({ name }) => name === DEFAULT_INDICES[query.index]);
      for (const clause of query.query.bool.filter)
        for (const field of Object.values(clause).flatMap((content) => Object.keys(content as object)))
          assert.ok(
            hasField(templates.component.body.template.mappings.properties, field) ||
              hasField(index?.body.template.mappings.properties ?? {}, field),
            field,
          );
    });
});

describe("the coverage", () => {
  // Raised when it grows; it may not fall.
  it("is not less than it was", () => {
    const onRecord = coverage(COVERAGE, []);
    assert.equal(onRecord.length, 30);
    const { live, liveOrRecorded } = columns(onRecord);
    assert.deepEqual(live, []);
    assert.ok(liveOrRecorded.length >= 26, liveOrRecorded.join(", "));
  });

  it("is what a run proves: live where it attacked, and no more than what is on record where it failed", () => {
    const of = (id: string, run: RunEvidence[]) => coverage(COVERAGE, run).find((one) => one.id === id)!;
    const backups = { id: "api-backups", evidence: "live" as const, expectations: [] };
    assert.equal(of("T1490", [{ ...backups, status: "passed" }]).level, "live");
    assert.equal(of("T1490", [{ ...backups, status: "not run" }]).level, "recorded");
    const failed = of("T1490", [{ ...backups, status: "failed" }]);
    assert.deepEqual([failed.level, failed.reason], ["gap", "not found in this run: api-backups"]);
    const verdict = {
      ...{ tool: "k8s_audit", what: "x", status: "passed" as const, count: 1, withinSeconds: 1, why: [] },
      evidence: { index: "", query: {}, documents: [] },
    };
    const chain = { ...verdict, tool: "correlation", status: "failed" as const, rule: "download-execute" };
    const onlyChain = [{ ...backups, status: "failed" as const, expectations: [verdict, chain] }];
    assert.equal(of("T1490", onlyChain).level, "live", "a rule named it, whatever correlation made of it");
    const replayed = of("T1490", [{ ...backups, evidence: "recorded", status: "passed" }]);
    assert.equal(replayed.level, "recorded");
  });

  it("has a reason for every gap, and none for what is covered", () => {
    const gaps = coverage(COVERAGE, []).filter(({ level }) => level === "gap");
    assert.deepEqual(gaps.map(({ id }) => id).sort(), Object.keys(GAPS).sort());
  });

  it("is measured against the version of ATT&CK that the stack's labels are of", () => {
    const tactics = new Set(Object.values(TACTICS));
    for (const { id, name } of CONTAINERS_MATRIX) assert.ok(tactics.has(id), `${id} ${name}`);
    assert.equal(ATTACK_VERSION, "19");
    // Retired by v19: a rule that is still tagged with one would be counted nowhere.
    const retired = new Set(["T1562", "T1672", "T1656"]);
    const used = taggedTechniques(FEATURES).map(({ technique }) => parentOf(technique));
    assert.deepEqual(
      used.filter((id) => retired.has(id)),
      [],
    );
  });

  it("has a scenario for every policy, and for every rule of the stack but those that are judged by sample events alone", () => {
    const counted = SCENARIOS.flatMap(({ expectations }) => expectations.map(termsOf));
    const rules = rulesOf(falcoContribution()).map(({ rule }) => rule);
    assert.deepEqual(
      rules.filter((rule) => !counted.some((terms) => terms["rule.name"] === rule)),
      [
        // A cron program, a device, a capability that the scenarios' containers do not have, or a program of one's own.
        ...["Service account token linked in container", "Crontab command run in container"],
        ...["Namespace created by clone in container", "Host device mounted in container"],
        ...["Host device opened in container", "Block device made in container"],
        "Refused connection attempted by hand in container",
        ...["Program from a volume started in container", "Program run from memory as the container runtime"],
        ...["File opened by handle in container", "Asynchronous I/O ring set up in container"],
        "File opened through a descriptor in container",
      ],
    );
    assert.deepEqual(
      POLICIES.map(({ name }) => name).filter(
        (name) => !counted.some((terms) => terms["tetragon.policy_name"] === name),
      ),
      // The processes of the host, or another process' memory: the scenarios' pods have neither.
      ["process-access"],
    );
    for (const rule of falcoRules().keys())
      assert.ok(rules.includes(rule) || STABLE_RULES.includes(rule), rule);
  });

  it("is asked for by a checklist of 20 items, of all stages", () => {
    const ids = CHECKLIST.map(({ id }) => id);
    const numbered = (name: string, most: number) =>
      Array.from({ length: most }, (_, i) => `CTEM-${name}-0${i + 1}`);
    assert.deepEqual(ids, [
      ...numbered("SCOPE", 6),
      ...numbered("DISC", 1),
      ...numbered("PRI", 5),
      ...numbered("VAL", 7),
      ...numbered("MOB", 1),
    ]);
  });
});

describe("the chains of the scenarios", () => {
  it("are those of the table in docs/scenarios.md", () => {
    const page = fs.readFileSync(path.join(__dirname, "..", "..", "docs", "scenarios.md"), "utf8");
    const table = page.split("## Chains of events")[1]!.split("\n## ")[0]!;
    const rows = table.match(/^\| `.*$/gm)!.map((row) => row.split("|").slice(1, 3));
    const told = rows.flatMap(([ids, chains]) =>
      idsIn(ids!).map((id) => [id, [...chains!.matchAll(/`([^`]+)`(?: \((T[\d.]+)\))?/g)].map(named)]),
    );
    const expected = SCENARIOS.map(({ id, chains }) => [
      id,
      chains.map(({ rule, technique }) => [rule, technique].filter(Boolean).join(" ")),
    ]);
    const others = SCENARIOS.map(({ id }) => [id, []]);
    assert.deepEqual(Object.fromEntries([...others, ...told]), Object.fromEntries(expected));
  });

  it("ask for the same vulnerabilities as the rule that looks for them", () => {
    const [state] = documents.flatMap(({ states }) => states?.["exploitable-vulnerability"] ?? []);
    assert.deepEqual(EXPLOITABLE, filterClauses(state!.conditions));
  });
});

const idsIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, id]) => id!);
const named = ([, rule, technique]: RegExpMatchArray) => [rule, technique].filter(Boolean).join(" ");

describe("the pods of the scenarios", () => {
  // As docker.io/library/nginx has it: `pid /var/run/nginx.pid;`, /var/run being a link to /run.
  it("have an nginx that names no directive of the image's own nginx.conf again, and may write its pid", () => {
    const { spec } = podManifest("target-nginx", "run-1");
    const [container] = spec?.containers ?? [];
    assert.deepEqual(container?.command, ["nginx", "-g", "daemon off;"]);
    assert.ok(container?.volumeMounts?.some(({ mountPath }) => mountPath === "/run"));
  });

  for (const name of POD_NAMES)
    it(`${name}: ${SHAPES[name].why}`, () => {
      const { spec, metadata } = podManifest(name, "run-1", "mirror.example");
      const [container] = spec?.containers ?? [];
      assert.match(container?.image ?? "", /^mirror\.example\/.+:.+@sha256:[0-9a-f]{64}$/);
      assert.deepEqual(container?.securityContext?.capabilities, { drop: ["ALL"] });
      assert.equal(container?.securityContext?.allowPrivilegeEscalation, false);
      assert.ok(container?.resources?.limits?.["memory"] && container.resources.limits["cpu"]);
      for (const key of ["hostNetwork", "hostPID", "hostIPC"]) assert.ok(!(key in (spec ?? {})));
      assert.ok(!spec?.volumes?.some((volume) => "hostPath" in volume));
      const isRestricted =
        spec?.securityContext?.runAsNonRoot && spec.securityContext.seccompProfile?.type === "RuntimeDefault";
      assert.equal(isRestricted, metadata.namespace === "ctem-test");
    });
});

/** The rule over requests that an expectation counts on: by its name, or the alert rule whose question it is. */
function auditRuleOf({ query, min }: Scenario["expectations"][number]): string | undefined {
  const name = termsOf({ query })["k8s_audit.rules"];
  const counts = auditCollector.alerts?.(DEFAULT_AUDIT, { removedRows: 1 }) ?? [];
  const asked = JSON.stringify(query.query.bool.filter);
  const alert = counts.find(
    ({ when }) =>
      when.kind === "matching" &&
      when.atLeast <= min &&
      JSON.stringify(filterClauses(when.filter)).replaceAll(
        /"term":(\{"k8s_audit.rules":)"([^"]*)"/g,
        "$&",
      ) === asked,
  );
  const rule = alert ? alert.id.replace("security-audit-", "") : name;
  return rule === undefined ? undefined : `k8s_audit: ${rule}`;
}

const DEFAULT_AUDIT = {
  ...DEFAULT_INDICES,
  ...{ network: "n", mesh: "m", admission: "ad", posture: "po" },
  responses: "r",
  deadLetter: "d",
};

function podsOf(step: Scenario["steps"][number]): string[] {
  if (step.do === "exec") return [step.pod];
  const pod = step.do === "request" ? /\/pods\/([a-z-]+)\/\w+/.exec(step.path)?.[1] : undefined;
  return pod === undefined ? [] : [pod];
}

/** Whether a policy hooks a function, or anything at all. */
function isHooked(policy: string, call?: string): boolean {
  const probes =
    POLICIES.find(({ name }) => name === policy)?.kprobes({ clusterCidrs: PRIVATE_NETWORKS }) ?? [];
  return probes.some((probe) => call === undefined || probe.call === call);
}

function hasField(properties: Record<string, unknown>, field: string): boolean {
  const [first = "", ...rest] = field.split(".");
  const found = properties[first] as (FieldType & { properties?: Record<string, unknown> }) | undefined;
  if (!found || rest.length === 0) return found !== undefined;
  return found["type"] === "flattened" || hasField(found.properties ?? {}, rest.join("."));
}
