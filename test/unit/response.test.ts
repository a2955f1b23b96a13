import assert from "node:assert/strict";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig } from "../../components/core/config/parse";
import { ContractError } from "../../components/core/contract/contract-error";
import { type Plan, plan } from "../../components/core/plan/plan";
import { podSpecOf } from "../../components/kubernetes/pod-spec";
import { FEATURES } from "../../components/registry";
import { type Action, KEPT_LABELS, type Mode, QUARANTINE_LABEL } from "../../components/response/marks";
import { type Finding, findingsOf, MalformedMessage } from "../../components/response/program/alert-findings";
import {
  firstRefusal,
  type PodSituation,
  podRefusal,
  REFUSALS,
  type Refusal,
} from "../../components/response/program/guards";
import { type PlannedRule, ruleFor } from "../../components/response/program/planned-rule";
import { joinLabels, keptLabels, type Pod, workloadOf } from "../../components/response/program/pod";
import {
  type ActionFacts,
  actionId,
  readRecord,
  recordObject,
} from "../../components/response/program/record";
import { stillAllowing } from "../../components/response/program/selecting-policies";
import { ordersOf } from "../../components/response/responder-deployment";
import { responseSchema } from "../../components/response/response-schema";

type Json = Record<string, unknown>;

function planned(config: Json, network: Json[] = []): Plan {
  const values = {
    global: { clusterName: "test" },
    features: [
      ...network,
      ...["falco", "otel_pipeline", "notifications"].map((name) => ({ name })),
      { name: "response", config },
    ],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
  };
  return plan(parseConfig({ values, encrypted: [] }, FEATURES));
}

const contribution = (config: Json, feature = "response") =>
  planned(config).features.find(({ name }) => name === feature)!.contribution;

const quarantine = { name: "contain", match: { techniques: ["T1611"] }, action: "quarantine" };

describe("response: config", () => {
  const enforced = { ...quarantine, mode: "enforce" };
  const wrong: [what: string, config: Json, code: string, path: RegExp][] = [
    ["enforce without a namespace", { rules: [enforced] }, "CFG003", /rules\[0\]\.mode/],
    [
      "approve without a namespace",
      { rules: [{ ...quarantine, mode: "approve" }] },
      "CFG003",
      /rules\[0\]\.mode/,
    ],
    [
      "enforce on every alert",
      { namespaces: ["shop"], rules: [{ ...enforced, match: {} }] },
      "CFG003",
      /rules\[0\]\.match/,
    ],
    [
      "an action that there is not",
      { rules: [{ ...quarantine, action: "delete" }] },
      "CFG003",
      /rules\[0\]\.action/,
    ],
    [
      "a mode that there is not",
      { rules: [{ ...quarantine, mode: "dryrun" }] },
      "CFG003",
      /rules\[0\]\.mode/,
    ],
    ["two rules of one name", { rules: [quarantine, quarantine] }, "CFG003", /rules\[1\]\.name/],
    [
      "a rule behind one that takes all",
      { rules: [{ ...quarantine, name: "all", match: {} }, quarantine] },
      "CFG003",
      /rules\[1\]\.match/,
    ],
    ["a namespace of Kubernetes", { namespaces: ["kube-system"] }, "CFG003", /namespaces\[0\]/],
    [
      "a rule for a namespace that is not allowed",
      { namespaces: ["shop"], rules: [{ ...quarantine, match: { namespaces: ["bank"] } }] },
      "CFG003",
      /rules\[0\]\.match/,
    ],
    [
      "an unknown condition",
      { rules: [{ ...quarantine, match: { technique: "T1611" } }] },
      "CFG001",
      /match\.technique/,
    ],
    [
      "a technique that is none",
      { rules: [{ ...quarantine, match: { techniques: ["1611"] } }] },
      "CFG003",
      /techniques\[0\]/,
    ],
    ["a label that is none", { exemptLabels: { "a b": "true" } }, "CFG003", /exemptLabels/],
    ["a budget of nothing", { budgets: { perHour: 0 } }, "CFG003", /budgets\.perHour/],
    [
      "an approver that is neither user nor group",
      { approvers: [{ kind: "ServiceAccount", name: "a" }] },
      "CFG003",
      /approvers\[0\]\.kind/,
    ],
    ["a records namespace of Kubernetes", { recordsNamespace: "kube-system" }, "CFG003", /recordsNamespace/],
  ];
  for (const [what, config, code, path] of wrong)
    it(`refuses ${what}`, () =>
      assert.throws(
        () => planned(config),
        (error: unknown) =>
          error instanceof ConfigError &&
          error.issues.some((issue) => issue.code === code && path.test(issue.path)),
      ));

  for (const [what, config] of [
    ["the sensors' namespace", { namespaces: ["security-system"] }],
    ["the pipeline's namespace", { namespaces: ["security-pipeline"] }],
    ["the namespace of its own actions", { namespaces: ["security-responses"] }],
    ["actions among the stack's programs", { recordsNamespace: "security-pipeline" }],
  ] as const)
    it(`refuses ${what}`, () =>
      assert.throws(
        () => planned(config),
        (error: unknown) => error instanceof ContractError && error.code === "FTR012",
      ));

  it("refuses to be on without notifications", () => {
    const values = {
      global: { clusterName: "test" },
      features: [{ name: "otel_pipeline" }, { name: "response" }],
      output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
    };
    assert.throws(() => parseConfig({ values, encrypted: [] }, FEATURES), ConfigError);
  });
});

describe("response: plan", () => {
  it("has no right on pods and does nothing where nothing is configured, and says so", () => {
    const { manifests, warnings } = contribution({});
    const roles = manifests.filter(({ kind }) => kind === "Role");
    assert.deepEqual([...new Set(roles.map(({ metadata }) => metadata.namespace))], ["security-responses"]);
    assert.match(warnings!.join(), /no rules/);
    assert.match(contribution({ rules: [quarantine] }).warnings!.join(), /`namespaces` is empty/);
  });

  it("has in each namespace the rights that its actions need, by name, and no ClusterRole", () => {
    const rights = (action: string) => {
      const { manifests } = contribution({ namespaces: ["shop"], rules: [{ ...quarantine, action }] });
      assert.ok(manifests.every(({ kind }) => !kind.startsWith("ClusterRole")));
      const role = manifests.find(({ kind, metadata }) => kind === "Role" && metadata.namespace === "shop");
      return (role as { rules: { resources: string[]; verbs: string[] }[] }).rules.flatMap(
        ({ resources, verbs }) => resources.map((resource) => `${resource}: ${verbs.join(" ")}`),
      );
    };
    const always = "events: create";
    assert.deepEqual(rights("annotate"), ["pods: get list patch", always]);
    assert.deepEqual(rights("evict"), ["pods: get list", always, "pods/eviction: create"]);
    assert.deepEqual(rights("quarantine"), [
      ...["pods: get list patch", always],
      "networkpolicies: list create delete",
    ]);
  });

  it("puts a policy of the network's own on a quarantined pod where there is one that wins over all others", () => {
    const config = { namespaces: ["shop"], rules: [quarantine] };
    const { features } = planned(config, [{ name: "cilium" }]);
    const { manifests } = features.find(({ name }) => name === "response")!.contribution;
    const role = manifests.find(({ kind, metadata }) => kind === "Role" && metadata.namespace === "shop");
    const { rules } = role as { rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] };
    assert.deepEqual(rules.at(-1), {
      ...{ apiGroups: ["cilium.io"], resources: ["ciliumnetworkpolicies"], verbs: ["create", "delete"] },
    });
    const program = manifests.find(({ metadata }) => metadata.name === "responder-program");
    const orders = JSON.parse((program as { data: Record<string, string> }).data["orders.json"]!) as {
      denyPolicies: { spec: { ingressDeny: { fromEntities?: string[] }[] } }[];
    };
    const entities = orders.denyPolicies[0]!.spec.ingressDeny.flatMap(
      ({ fromEntities = [] }) => fromEntities,
    );
    for (const own of ["all", "cluster", "host", "kube-apiserver"])
      assert.ok(!entities.includes(own), `${own}: the kubelet's probes come from the pod's node`);
    const reach = manifests.find(({ metadata }) => metadata.name === "security-stack-response-reach");
    assert.match(JSON.stringify(reach), /A CiliumNetworkPolicy of the responder denies everything/);
  });

  it("is told by Alertmanager, which proves who it is and alone reaches it", () => {
    const { manifests } = contribution({}, "notifications");
    const config = manifests.find(({ kind }) => kind === "ConfigMap") as { data: Record<string, string> };
    const text = config.data["alertmanager.yml"]!;
    assert.match(text, /url: https:\/\/responder\.security-pipeline\.svc:8443\/alerts/);
    assert.match(text, /credentials_file: \/etc\/alertmanager-secrets\/responder-webhook-1\/token/);
    assert.match(text, /alertname!~"security-response-\.\+"/);
    const own = contribution({}).manifests.find(({ kind }) => kind === "NetworkPolicy") as {
      spec: { ingress: { from: object[] }[] };
    };
    assert.deepEqual(own.spec.ingress[0]!.from, [
      { podSelector: { matchLabels: { "app.kubernetes.io/name": "alertmanager" } } },
    ]);
  });

  it("mounts of the webhook's Secret what each side needs", () => {
    const keysIn = (feature: string, kind: string) =>
      podSpecOf(contribution({}, feature).manifests.find((one) => one.kind === kind)!)!
        .volumes!.find(({ secret }) => secret?.secretName === "responder-webhook-1")!
        .secret!.items!.map(({ key }) => key)
        .sort();
    assert.deepEqual(keysIn("response", "Deployment"), ["ca.crt", "server.crt", "server.key", "token"]);
    assert.deepEqual(keysIn("notifications", "StatefulSet"), ["ca.crt", "client.crt", "client.key", "token"]);
  });
});

const NOW = Date.parse("2026-01-01T12:00:00Z");
const UID = "11111111-2222-3333-4444-555555555555";

const finding = (change: Partial<Finding["pod"]> = {}, alert: Json = {}, seen = NOW - 60_000): Finding => ({
  alert: {
    alertname: "security-severe-event",
    rule: "Shell",
    severity: "high",
    technique: "T1611",
    ...(alert as object),
  },
  pod: { namespace: "shop", name: "web-1", uid: UID, ...change },
  seen,
});
const pod = (metadata: Partial<Pod["metadata"]> = {}, spec: Pod["spec"] = {}): Pod => ({
  metadata: {
    namespace: "shop",
    name: "web-1",
    uid: UID,
    resourceVersion: "1",
    labels: { app: "web" },
    ...metadata,
  },
  spec,
});
const ownedBy = (kind: string) =>
  pod({ ownerReferences: [{ kind, name: "owner", uid: "o", controller: true }] });

/** What a case changes of a situation in which all guards let through. */
interface Change {
  finding?: Finding;
  stopped?: boolean;
  pod?: Pod | undefined;
  rule?: Partial<PlannedRule>;
  actionsInHour?: number;
  actionsOfWorkload?: number;
  workloadPods?: number;
  releasedAt?: number;
}

/** Guard, what is so, and the refusal; none where it lets through. */
const GUARDS: [what: string, change: Change, refusal: Refusal | undefined][] = [
  ["a running pod of a Deployment", {}, undefined],
  ["stopped by a person", { stopped: true }, "stopped"],
  ["an alert without a UID", { finding: finding({ uid: "" }) }, "no-uid"],
  ["kube-system", { finding: finding({ namespace: "kube-system" }) }, "system-namespace"],
  ["the stack's own namespace", { finding: finding({ namespace: "security-pipeline" }) }, "own-namespace"],
  ["a namespace that is not allowed", { finding: finding({ namespace: "bank" }) }, "namespace-not-allowed"],
  ["an event of six minutes ago", { finding: finding({}, {}, NOW - 360_000) }, "stale-event"],
  ["an event of tomorrow", { finding: finding({}, {}, NOW + 86_400_000) }, "stale-event"],
  ["a pod that is gone", { pod: undefined }, "pod-gone"],
  ["another pod of its name", { pod: pod({ uid: "other" }) }, "other-pod"],
  ["a pod that is being deleted", { pod: pod({ deletionTimestamp: "2026-01-01T11:59:00Z" }) }, "terminating"],
  ["a pod in quarantine", { pod: pod({ labels: { [QUARANTINE_LABEL]: "x" } }) }, "quarantined"],
  ["a pod released since", { releasedAt: NOW - 30_000 }, "released"],
  ["a pod released before", { releasedAt: NOW - 90_000 }, undefined],
  ["an exempt pod", { pod: pod({ labels: { "security-stack/exempt": "true" } }) }, "exempt-label"],
  ["a mirror pod", { pod: pod({ annotations: { "kubernetes.io/config.mirror": "x" } }) }, "mirror-pod"],
  ["a DaemonSet's pod", { pod: ownedBy("DaemonSet") }, "daemon-set"],
  ["a pod on the node's network", { pod: pod({}, { hostNetwork: true }) }, "host-network"],
  ["a StatefulSet's pod", { pod: ownedBy("StatefulSet") }, "stateful-set"],
  [
    "a StatefulSet's pod and a rule for it",
    { pod: ownedBy("StatefulSet"), rule: { statefulSets: true } },
    undefined,
  ],
  ["a Job's pod", { pod: ownedBy("Job") }, "job"],
  ["a Job's pod and a rule for it", { pod: ownedBy("Job"), rule: { jobs: true } }, undefined],
  ["the tenth action of an hour", { actionsInHour: 10 }, "hour-budget"],
  ["the second of three pods", { actionsOfWorkload: 1, workloadPods: 3 }, "workload-budget"],
  ["the second of six pods", { actionsOfWorkload: 1, workloadPods: 6 }, undefined],
];

const BY_ACTION: readonly Action[] = ["annotate", "quarantine", "evict"];
const BY_MODE: readonly Mode[] = ["observe", "approve", "enforce"];

describe("response: guards by rule and mode", () => {
  const orders = ordersOf(
    responseSchema.parse({ namespaces: ["shop"] }),
    {
      ...{ privileged: "security-system", restricted: "security-pipeline" },
    },
    [],
  );

  function verdict(action: Action, mode: Mode, change: Change): Refusal | undefined {
    const rule: PlannedRule = {
      ...{ name: "r", match: {}, action, mode, statefulSets: false, jobs: false },
      ...change.rule,
    };
    const situation: PodSituation = {
      ...{ rule, finding: finding(), now: NOW, stopped: false, orders, pod: pod(), releasedAt: undefined },
      ...{ actionsInHour: 0, actionsOfWorkload: 0, workloadPods: 3 },
      ...change,
      ...{ rule },
    };
    return firstRefusal(situation) ?? podRefusal(situation);
  }

  const rows: string[] = [];
  for (const [what, change, refusal] of GUARDS)
    it(`${what}: ${refusal ?? "let through"}, whatever the action and mode`, () => {
      const isBudget = refusal === "hour-budget" || refusal === "workload-budget";
      for (const action of BY_ACTION)
        for (const mode of BY_MODE) {
          const expected = isBudget && action === "annotate" ? undefined : refusal;
          const found = verdict(action, mode, change);
          assert.equal(found, expected, `${action}, ${mode}`);
          rows.push(`${action} ${mode} ${what}: ${found ?? "let through"}`);
        }
    });

  it("are all in the table, and in one of over 40 cases", () => {
    const tried = new Set(GUARDS.map(([, , refusal]) => refusal).filter(Boolean));
    assert.deepEqual([...tried].sort(), Object.keys(REFUSALS).sort());
    assert.ok(rows.length >= 40, `${rows.length}`);
    console.log(`        ${rows.length} cases: ${GUARDS.length} guards, 3 actions, 3 modes`);
  });
});

describe("response: rules", () => {
  const rule = (match: PlannedRule["match"], name = "r"): PlannedRule => ({
    ...{ name, match, action: "quarantine", mode: "observe", statefulSets: false, jobs: false },
  });
  const cases: [match: PlannedRule["match"], alert: Json, fits: boolean][] = [
    [{}, {}, true],
    [{ alerts: ["security-severe-event"] }, {}, true],
    [{ alerts: ["security-destruction"] }, {}, false],
    [{ rules: ["Shell"] }, {}, true],
    [{ rules: ["Shel"] }, {}, false],
    [{ techniques: ["T1611"] }, {}, true],
    [{ techniques: ["T1053"] }, { technique: "T1053.003" }, true],
    [{ techniques: ["T1053.003"] }, { technique: "T1053" }, false],
    [{ techniques: ["T161"] }, {}, false],
    [{ minSeverity: "high" }, {}, true],
    [{ minSeverity: "critical" }, {}, false],
    [{ minSeverity: "low" }, { severity: "<script>" }, false],
    [{ tools: ["falco"] }, {}, false],
    [{ tools: ["falco"] }, { tool: "falco" }, true],
    [{ namespaces: ["shop"] }, {}, true],
    [{ namespaces: ["bank"] }, {}, false],
    [{ techniques: ["T1611"], minSeverity: "critical" }, {}, false],
  ];
  for (const [match, alert, fits] of cases)
    it(`${JSON.stringify(match)} ${fits ? "fits" : "does not fit"} ${JSON.stringify(alert)}`, () =>
      assert.equal(ruleFor([rule(match)], finding({}, alert)) !== undefined, fits));

  it("the first that fits decides", () => {
    const rules = [rule({ techniques: ["T1059"] }, "a"), rule({ techniques: ["T1611"] }, "b"), rule({}, "c")];
    assert.equal(ruleFor(rules, finding())?.name, "b");
  });
});

describe("response: what is posted", () => {
  const message = (pods: unknown, labels: Json = { namespace: "shop" }, status = "firing") =>
    JSON.stringify({
      alerts: [
        { status, labels, annotations: { pods: typeof pods === "string" ? pods : JSON.stringify(pods) } },
      ],
    });
  const one = { name: "web-1", uid: UID, seen: "2026-01-01T12:00:00Z" };

  it("gives the pods of firing alerts", () => {
    assert.deepEqual(findingsOf(message([one])).findings, [
      { alert: { namespace: "shop" }, pod: { namespace: "shop", name: "web-1", uid: UID }, seen: NOW },
    ]);
    assert.deepEqual(findingsOf(message([one], { namespace: "shop" }, "resolved")).findings, []);
  });

  for (const [what, text] of [
    ["a name that leads elsewhere", message([{ ...one, name: "../secrets/x" }])],
    ["a namespace that leads elsewhere", message([one], { namespace: "shop/pods/x" })],
    ["a UID of something else", message([{ ...one, uid: "a b" }])],
    ["a time that is none", message([{ ...one, seen: "soon" }])],
  ] as const)
    it(`takes no pod by ${what}`, () => assert.deepEqual(findingsOf(text), { findings: [], without: 1 }));

  for (const text of ["", "[]", "{}", '{"alerts":[{}]}', message("x"), message({}), message([{ name: 1 }])])
    it(`refuses ${text.slice(0, 40) || "nothing"}`, () =>
      assert.throws(() => findingsOf(text), MalformedMessage));
});

describe("response: pods and records", () => {
  it("keeps labels as a text that gives them back", () => {
    const all: Record<string, string>[] = [
      {},
      { app: "web" },
      { "a.example/b": "c.d_e-f", empty: "", z: "1" },
    ];
    for (const labels of all) {
      const text = joinLabels(labels);
      assert.deepEqual(keptLabels(pod({ annotations: { [KEPT_LABELS]: text } })), labels);
    }
  });

  it("tells the workload of a pod", () => {
    const owner = { kind: "ReplicaSet", name: "web-7d9c5bb6d4", uid: "o", controller: true };
    const labels = { "pod-template-hash": "7d9c5bb6d4" };
    assert.deepEqual(workloadOf(pod({ labels, ownerReferences: [owner] })), {
      ...{ kind: "Deployment", name: "web", uid: "o" },
    });
    assert.equal(workloadOf(pod({ ownerReferences: [owner] })).kind, "ReplicaSet");
    assert.deepEqual(workloadOf(pod()), { kind: "Pod", name: "web-1", uid: undefined });
  });

  it("finds the policies that select a quarantined pod all the same", () => {
    const policy = (name: string, podSelector: object, rules: object = { ingress: [{}] }) => ({
      ...{ metadata: { name }, spec: { podSelector, ...rules } },
    });
    const key = QUARANTINE_LABEL;
    const policies = [
      policy("all", {}),
      policy("all-egress", {}, { egress: [{}] }),
      policy("all-denied", {}, { ingress: [] }),
      policy("not-in", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }),
      policy("without", { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }),
      policy("with", { matchExpressions: [{ key: "app", operator: "Exists" }] }),
      policy("in", { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] }),
      policy("web", { matchLabels: { app: "web" } }),
      policy("quarantined", { matchExpressions: [{ key, operator: "Exists" }] }),
      policy("security-stack-quarantine-x", {}),
    ];
    assert.deepEqual(stillAllowing(policies, { [key]: "x" }), [
      ...["all", "all-egress", "not-in", "quarantined", "without"],
    ]);
  });

  it("reads a record back, and nothing that is not one", () => {
    const facts: ActionFacts = {
      ...{ id: actionId(UID, "evict", undefined), rule: "r", alert: {} },
      ...{ action: "evict" as const, mode: "approve" as const },
      ...{ pod: finding().pod, workload: { kind: "Pod", name: "web-1", uid: undefined } },
      ...{ seen: "", decided: "", expires: "" },
    };
    const object = recordObject(facts, "ns", "proposed", NOW) as Parameters<typeof readRecord>[0];
    assert.equal(readRecord(object)?.phase, "proposed");
    assert.equal(readRecord({ ...object, metadata: { ...object.metadata, name: "response-x" } }), undefined);
    assert.equal(readRecord({ ...object, data: { "record.json": "{" } }), undefined);
    assert.equal(readRecord({ metadata: object.metadata }), undefined);
  });

  it("names an action by pod and kind, and anew after a release", () => {
    assert.equal(actionId(UID, "evict", undefined), actionId(UID, "evict", undefined));
    const ids = [
      ...[actionId(UID, "evict", undefined), actionId(UID, "quarantine", undefined)],
      ...[actionId("other", "evict", undefined), actionId(UID, "evict", NOW)],
    ];
    assert.equal(new Set(ids).size, 4);
  });
});
