import assert from "node:assert/strict";
import { standardLabels } from "../../components/kubernetes/labels";
import { disruptionBudget } from "../../policy-pack/policies/disruption-budget";
import { priorityClass } from "../../policy-pack/policies/priority-class";
import { probes } from "../../policy-pack/policies/probes";
import { scheduling } from "../../policy-pack/policies/scheduling";
import { standardLabelsPolicy } from "../../policy-pack/policies/standard-labels";
import { workloadShape } from "../../policy-pack/policies/workload-shape";
import {
  container,
  fails,
  isNotChecked,
  judge,
  passes,
  patched,
  pod,
  remediated,
  UNKNOWN,
} from "../support/policy/assertions";
import {
  denyAll,
  goodContainer,
  goodCronJob,
  goodDaemonSet,
  goodDeployment,
  goodNamespace,
  goodStatefulSet,
  goodStore,
  object,
} from "../support/policy/policy-objects";

const GOOD = [goodDaemonSet(), goodDeployment(), goodStatefulSet(), goodCronJob(), goodStore()];

describe("policy workload-shape", () => {
  const policy = workloadShape;

  it("passes workloads as Kubernetes describes them", () => {
    passes(policy, [...GOOD, goodNamespace()]);
    passes(policy, patched(goodDeployment(), ["spec", "revisionHistoryLimit"], null));
    passes(policy, patched(goodDeployment(), pod("initContainers"), null));
    // Its own definition says what it looks like.
    const template = { spec: { containers: [{ image: "docker.io/a/b:1" }] } };
    passes(policy, object("serving.example/v1", "Service", "s", { spec: { template } }));
  });

  it("fails without containers, whatever stands there instead", () => {
    for (const containers of [undefined, null, []])
      fails(policy, patched(goodDaemonSet(), pod("containers"), containers), /found: {3}no containers/);
    fails(policy, patched(goodDaemonSet(), pod("containers"), { main: {} }), [
      /containers\n.*\{"main":\{\}\}\n {2}allowed: a list/,
      /no containers/,
    ]);
    fails(policy, patched(goodDaemonSet(), pod("containers"), "none"), [/found: {3}"none"/, /no containers/]);
    fails(policy, patched(goodDaemonSet(), ["spec", "template"], undefined), /no containers/);
    fails(policy, patched(goodDaemonSet(), ["spec"], null), /no containers/);
  });

  it("fails for lists that are none", () => {
    fails(policy, patched(goodDaemonSet(), pod("volumes"), "tmp"), /volumes\n {2}found: {3}"tmp"/);
    fails(policy, patched(goodDaemonSet(), pod("initContainers"), {}), /initContainers\n/);
  });

  it("fails for ephemeral containers in a template", () => {
    fails(
      policy,
      patched(goodDeployment(), pod("ephemeralContainers"), [{ name: "debug", image: "a/b:1" }]),
      /ephemeralContainers/,
    );
  });

  it("fails for containers of another shape", () => {
    fails(
      policy,
      patched(goodDaemonSet(), container("name"), undefined),
      /container \[0\]\n {2}found: {3}name nothing/,
    );
    fails(policy, patched(goodDaemonSet(), container("image"), ""), /image ""/);
    fails(policy, patched(goodDaemonSet(), container("image"), 3), /image 3/);
    fails(policy, patched(goodDaemonSet(), pod("containers"), [null]), [/name nothing/, /image nothing/]);
    fails(
      policy,
      patched(goodDaemonSet(), container("securityContext"), []),
      /securityContext \[\]\n {2}allowed: a map/,
    );
  });

  it("fails for numbers that are none", () => {
    fails(
      policy,
      patched(goodDeployment(), ["spec", "replicas"], "3"),
      /replicas\n {2}found: {3}"3"\n {2}allowed: a whole number/,
    );
    fails(policy, patched(goodDeployment(), ["spec", "minReadySeconds"], 1.5), /minReadySeconds/);
  });

  it("is not checked where a container is unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), container("image"), UNKNOWN), /containers\.0\.image/);
    isNotChecked(policy, patched(goodDaemonSet(), pod("containers"), UNKNOWN), /containers/);
  });
});

describe("policy probes", () => {
  const policy = probes;
  const without = (object: object) => patched(object, container("livenessProbe"), undefined);

  it("passes either probe, and what ends by itself or starts before the others", () => {
    passes(policy, GOOD);
    for (const way of ["httpGet", "tcpSocket", "grpc", "exec"])
      passes(policy, patched(without(goodDaemonSet()), container("readinessProbe"), { [way]: {} }));
    const setup = [{ ...goodContainer(), name: "setup", livenessProbe: undefined }];
    passes(policy, patched(goodDaemonSet(), pod("initContainers"), setup));
    passes(
      policy,
      patched(
        goodCronJob(),
        ["spec", "jobTemplate", "spec", "template", "spec", "containers", 0, "livenessProbe"],
        undefined,
      ),
    );
  });

  it("fails without a probe, in every container that runs on", () => {
    for (const workload of [goodDaemonSet(), goodDeployment(), goodStatefulSet()])
      fails(policy, without(workload), /container main\n {2}found: {3}no probe/);
    fails(policy, patched(goodDaemonSet(), container("livenessProbe"), "yes"), /no probe/);
    for (const empty of [{}, { periodSeconds: 5 }, { httpGet: null }])
      fails(
        policy,
        patched(goodDaemonSet(), container("livenessProbe"), empty),
        /livenessProbe \{.*asks nothing/,
      );
    const second = { ...goodContainer(), name: "two", livenessProbe: undefined };
    fails(policy, patched(goodDaemonSet(), pod("containers", 1), second), /container two/);
  });

  it("knows the exceptions", () => {
    passes(policy, patched(without(goodDaemonSet("falco")), container("name"), "rotate"));
    fails(policy, without(goodDaemonSet("falco")), /container main/);
  });

  it("is not checked where the probe is unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), container("livenessProbe"), UNKNOWN), /livenessProbe/);
  });
});

describe("policy disruption-budget", () => {
  const policy = disruptionBudget;
  const budget = (spec: object, name = "server") =>
    object("policy/v1", "PodDisruptionBudget", name, {
      spec: { selector: { matchLabels: { "app.kubernetes.io/name": "server" } }, ...spec },
    });
  const replicated = goodDeployment("server", 3);
  const NAME = "app.kubernetes.io/name";
  const selecting = (...matchExpressions: object[]) => ({
    selector: { matchExpressions },
    maxUnavailable: 1,
  });

  it("passes a budget that lets a pod go, and what has one replica or ends by itself", () => {
    for (const spec of [
      { maxUnavailable: 1 },
      { minAvailable: 2 },
      { minAvailable: "50%" },
      { maxUnavailable: "25%" },
    ])
      passes(policy, [replicated, budget(spec)]);
    passes(policy, GOOD);
    passes(policy, [patched(goodStore(), ["spec", "nodeSets", 0, "count"], 3)]);
    passes(policy, [object("batch/v1", "Job", "j", { spec: { replicas: 3, template: {} } })]);
  });

  it("counts what an autoscaler keeps at the least, not the number that the workload starts with", () => {
    const one = patched(goodDeployment("server", 1), ["spec", "replicas"], undefined);
    const scaler = (spec: object, kind = "Deployment", name = "server") =>
      object("autoscaling/v2", "HorizontalPodAutoscaler", "server", {
        spec: { scaleTargetRef: { apiVersion: "apps/v1", kind, name }, maxReplicas: 5, ...spec },
      });
    passes(policy, [one, scaler({ minReplicas: 3 }), budget({ minAvailable: 2 })]);
    fails(policy, [one, scaler({ minReplicas: 2 }), budget({ minAvailable: 2 })], /for 2 replicas/);
    fails(policy, [one, scaler({ minReplicas: 2 })], /2 replicas without/);
    for (const other of [
      scaler({}),
      scaler({ minReplicas: 2 }, "StatefulSet"),
      scaler({ minReplicas: 2 }, "Deployment", "x"),
    ])
      passes(policy, [one, other]);
  });

  it("fails without a budget for these pods", () => {
    fails(policy, [replicated], /Deployment\/security-system\/server\n {2}found: {3}3 replicas without/);
    fails(policy, [patched(goodStatefulSet(), ["spec", "replicas"], 2)], /2 replicas/);
    fails(policy, [replicated, budget({ selector: { matchLabels: { app: "other" } } })], /without/);
    fails(policy, [replicated, budget({ selector: null, maxUnavailable: 1 })], /without/);
    const old = { ...budget({ selector: {}, maxUnavailable: 1 }), apiVersion: "policy/v1beta1" };
    fails(policy, [replicated, old], /without/);
    fails(
      policy,
      [replicated, { ...budget({ maxUnavailable: 1 }), apiVersion: "ops.example/v1" }],
      /without/,
    );
    fails(policy, [replicated, { ...budget({ maxUnavailable: 1 }), kind: "DisruptionPlan" }], /without/);
    for (const expression of [
      { key: NAME, operator: "In", values: ["other"] },
      { key: "absent", operator: "In", values: ["server"] },
      { key: NAME, operator: "NotIn", values: ["server"] },
      { key: "absent", operator: "Exists" },
      { key: NAME, operator: "DoesNotExist" },
      { key: NAME, operator: "Like", values: ["server"] },
    ])
      fails(policy, [replicated, budget(selecting(expression))], /without/);
    fails(policy, [replicated, patched(budget({}), ["metadata", "namespace"], "other")], /without/);
  });

  it("passes a budget that selects the pods in any of Kubernetes' ways", () => {
    for (const spec of [
      { maxUnavailable: 1, selector: {} },
      selecting({ key: NAME, operator: "In", values: ["server", "other"] }),
      selecting({ key: NAME, operator: "NotIn", values: ["other"] }, { key: NAME, operator: "Exists" }),
      selecting(
        { key: "absent", operator: "NotIn", values: ["x"] },
        { key: "absent", operator: "DoesNotExist" },
      ),
    ])
      passes(policy, [replicated, budget(spec)]);
    const nowhere = (object: object) => patched(object, ["metadata", "namespace"], undefined);
    const inDefault = (object: object) => patched(object, ["metadata", "namespace"], "default");
    passes(policy, [nowhere(replicated), inDefault(budget({ maxUnavailable: 1 }))]);
    passes(policy, [inDefault(replicated), nowhere(budget({ maxUnavailable: 1 }))]);
  });

  it("rounds percentages up, as Kubernetes does, over all the pods that the budget selects", () => {
    const sized = (count: number, spec: object) => [goodDeployment("server", count), budget(spec)];
    for (const [count, minAvailable] of [
      [2, "51%"],
      [2, "90%"],
      [10, "99%"],
      [1, 1],
    ] as const)
      fails(policy, sized(count, { minAvailable }), /no pod may ever be evicted/);
    passes(policy, sized(2, { maxUnavailable: "1%" }));
    passes(policy, sized(2, { minAvailable: "50%" }));
    passes(policy, sized(10, { minAvailable: "90%" }));
    const both = [
      goodDeployment("server", 2),
      patched(goodDeployment("server", 2), ["metadata", "name"], "b"),
    ];
    passes(policy, [...both, budget({ minAvailable: 3 })]);
    fails(policy, [...both, budget({ minAvailable: 4 })], /for 4 replicas/);
    passes(policy, [goodDaemonSet("server"), goodCronJob("server"), budget({ minAvailable: "100%" })]);
  });

  it("fails for pods of two budgets, which the eviction API refuses", () => {
    fails(
      policy,
      [replicated, budget({ maxUnavailable: 1 }), budget({ maxUnavailable: 1, selector: {} }, "all")],
      /2 PodDisruptionBudgets for the same pods \(all, server\): no pod may ever be evicted/,
    );
    const one = goodDeployment("server", 1);
    fails(
      policy,
      [one, budget({ maxUnavailable: 1 }), budget({ maxUnavailable: 1 }, "b")],
      /2 PodDisruption/,
    );
  });

  it("fails for a budget that lets no pod go", () => {
    for (const spec of [
      {},
      { minAvailable: 4 },
      { minAvailable: 3 },
      { minAvailable: "100%" },
      { maxUnavailable: 0 },
      { maxUnavailable: "0%" },
    ])
      fails(
        policy,
        [replicated, budget(spec)],
        /PodDisruptionBudget\/security-system\/server\n {2}found: .*no pod may ever be evicted/,
      );
  });

  it("is not checked where the number of replicas is unknown", () => {
    isNotChecked(policy, [patched(replicated, ["spec", "replicas"], UNKNOWN)], /spec\.replicas/);
  });
});

describe("policy priority-class", () => {
  const policy = priorityClass;

  it("passes DaemonSets with one, everything else, and what an operator sees to", () => {
    passes(policy, GOOD);
    const spec = { mode: "daemonset", image: "a/b:1", resources: {} };
    passes(policy, object("agents.example/v1", "Agent", "a", { spec }));
  });

  it("fails for a DaemonSet without one", () => {
    fails(policy, patched(goodDaemonSet(), pod("priorityClassName"), undefined), /no priorityClassName/);
    fails(policy, patched(goodDaemonSet(), pod("priorityClassName"), ""), /no priorityClassName/);
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), pod("priorityClassName"), UNKNOWN), /priorityClassName/);
  });
});

describe("policy scheduling", () => {
  const policy = scheduling;
  const with_ = (field: string, value: unknown) => patched(goodDeployment(), pod(field), value);
  const critical = with_("priorityClassName", "system-cluster-critical");

  it("passes what the scheduler places, and sensors on all nodes", () => {
    passes(policy, GOOD);
    passes(
      policy,
      with_("tolerations", [
        { key: "spot", operator: "Exists" },
        { key: "gpu", value: "x" },
      ]),
    );
    passes(policy, with_("priorityClassName", "our-system-critical"));
    passes(policy, patched(goodDaemonSet(), pod("priorityClassName"), "system-node-critical"));
    passes(policy, patched(critical, ["metadata", "namespace"], "kube-system"));
    passes(policy, with_("nodeName", ""));
    const spec = { mode: "deployment", image: "a/b:1", resources: {}, nodeName: "of something else" };
    passes(policy, object("agents.example/v1", "Agent", "a", { spec }));
  });

  it("fails for a way past the scheduler", () => {
    fails(policy, with_("nodeName", "control-plane-1"), /nodeName control-plane-1/);
    fails(policy, patched(goodDaemonSet(), pod("nodeName"), "a"), /nodeName a/);
  });

  it("fails for pods that tolerate everything, or push the cluster's own away", () => {
    const tolerations = [
      { key: "spot", operator: "Exists" },
      { operator: "Exists", effect: "NoSchedule" },
    ];
    fails(policy, with_("tolerations", tolerations), /found: {3}tolerations \[.*NoSchedule/);
    fails(policy, with_("tolerations", [{ key: "", operator: "Exists" }]), /tolerations/);
    fails(policy, critical, /priorityClassName system-cluster-critical/);
    fails(policy, with_("priorityClassName", "system-node-critical"), /system-node-critical/);
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, with_("nodeName", UNKNOWN), /nodeName/);
  });
});

describe("policy standard-labels", () => {
  const policy = standardLabelsPolicy;
  const parents = ["security-stack:index:SecurityStack", "security-stack:falco:Feature"];
  const bare = patched(object("v1", "ConfigMap", "c"), ["metadata", "labels"], undefined);

  it("passes objects of ours with all five, and a chart's with its own", () => {
    passes(policy, [...GOOD, denyAll()]);
    for (const type of [
      "helm.sh/v4:Chart",
      "yaml/v2:ConfigFile",
      "yaml:ConfigGroup",
      "kustomize/v2:Directory",
    ])
      passes(policy, bare, { parents: [`kubernetes:${type}`] });
    passes(
      policy,
      [
        object("helm.sh/v4", "Chart", "c"),
        object("yaml/v2", "ConfigGroup", "g"),
        object("v1", "ConfigMapList", "l"),
      ].map((o) => patched(o, ["metadata", "labels"], {})),
    );
  });

  it("fails for each that is missing", () => {
    fails(
      policy,
      bare,
      /without app.kubernetes.io\/name, app.kubernetes.io\/instance, app.kubernetes.io\/component, app.kubernetes.io\/part-of, app.kubernetes.io\/managed-by/,
    );
    fails(
      policy,
      patched(goodDaemonSet(), ["metadata", "labels", "app.kubernetes.io/part-of"], undefined),
      /without app.kubernetes.io\/part-of\n/,
    );
  });

  it("adds what is missing, by the feature that made the object, and then passes", () => {
    const corrected = remediated(policy, bare, { parents }) as { metadata: { labels: object } };
    assert.deepEqual(corrected.metadata.labels, standardLabels("c", "falco"));
    passes(policy, corrected);
    const own = patched(bare, ["metadata", "labels"], { "app.kubernetes.io/name": "mine", other: "x" });
    const kept = remediated(policy, own, { parents }) as { metadata: { labels: object } };
    assert.deepEqual(kept.metadata.labels, {
      ...standardLabels("c", "falco"),
      "app.kubernetes.io/name": "mine",
      other: "x",
    });
    const labelled = patched(
      goodDaemonSet(),
      ["metadata", "labels", "app.kubernetes.io/instance"],
      undefined,
    );
    assert.deepEqual(remediated(policy, labelled), goodDaemonSet());
  });

  it("corrects nothing that is complete, foreign or of unknown origin", () => {
    assert.equal(remediated(policy, goodDaemonSet(), { parents }), undefined);
    assert.equal(
      remediated(policy, bare, { parents: [...parents, "kubernetes:helm.sh/v4:Chart"] }),
      undefined,
    );
    assert.equal(remediated(policy, bare), undefined);
    assert.equal(remediated(policy, { ...bare, metadata: null }, { parents }), undefined);
  });

  it("is not checked where the labels are unknown", () => {
    isNotChecked(policy, patched(goodDaemonSet(), ["metadata", "labels"], UNKNOWN), /metadata\.labels/);
    assert.deepEqual(judge(policy, goodDaemonSet()).advice, []);
  });
});
