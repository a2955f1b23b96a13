import assert from "node:assert/strict";
import { podsOf } from "../../policy-pack/kubernetes/pods";
import type { POLICIES } from "../../policy-pack/pack/all-policies";
import { hostNamespaces } from "../../policy-pack/policies/host-namespaces";
import { hostPaths } from "../../policy-pack/policies/host-paths";
import { noPrivileged } from "../../policy-pack/policies/no-privileged";
import { opaqueResources } from "../../policy-pack/policies/opaque-resources";
import { pinnedImages } from "../../policy-pack/policies/pinned-images";
import { runAsNonRoot } from "../../policy-pack/policies/run-as-non-root";
import { seccompProfile } from "../../policy-pack/policies/seccomp-profile";
import { judge, remediated, UNKNOWN } from "../support/policy/assertions";
import { goodPod, goodStore, object } from "../support/policy/policy-objects";

/** A pod that takes the node, as it would be written in a Deployment. */
const TAKES_THE_NODE = {
  hostPID: true,
  containers: [{ name: "c", image: "evil.example/x:latest", securityContext: { privileged: true } }],
  volumes: [{ name: "h", hostPath: { path: "/" } }],
};
const template = { metadata: { labels: { app: "x" } }, spec: TAKES_THE_NODE };
const CONTAINER = { image: "evil.example/x:latest", command: ["x"], securityContext: { privileged: true } };
const FLAT = { ...CONTAINER, hostPID: true, volumes: TAKES_THE_NODE.volumes };

/** Kinds of people's clusters, each as its own documentation writes it; no policy knows any of them by name. */
const KINDS: [string, string, object][] = [
  ["argoproj.io/v1alpha1", "Rollout", { selector: {}, template }],
  ["serving.knative.dev/v1", "Service", { template }],
  ["serving.knative.dev/v1", "Configuration", { template }],
  ["apps.kruise.io/v1alpha1", "CloneSet", { replicas: 2, template }],
  ["apps.kruise.io/v1alpha1", "DaemonSet", { template }],
  ["apps.kruise.io/v1alpha1", "SidecarSet", TAKES_THE_NODE],
  ["opentelemetry.io/v1beta1", "OpenTelemetryCollector", { mode: "daemonset", ...FLAT }],
  ["monitoring.coreos.com/v1", "Prometheus", { replicas: 2, ...FLAT }],
  [
    "argoproj.io/v1alpha1",
    "CronWorkflow",
    {
      workflowSpec: {
        templates: [{ name: "main", hostPID: true, container: CONTAINER, volumes: TAKES_THE_NODE.volumes }],
      },
    },
  ],
  [
    "argoproj.io/v1alpha1",
    "WorkflowTemplate",
    {
      hostPID: true,
      volumes: TAKES_THE_NODE.volumes,
      templates: [{ name: "s", script: { ...CONTAINER, source: "x" } }],
    },
  ],
  [
    "tekton.dev/v1",
    "Task",
    { steps: [{ name: "s", ...CONTAINER }], volumes: TAKES_THE_NODE.volumes, hostPID: true },
  ],
  [
    "tekton.dev/v1",
    "PipelineRun",
    {
      pipelineSpec: { tasks: [{ name: "t", taskSpec: { steps: [{ name: "s", ...CONTAINER }] } }] },
      taskRunTemplate: { podTemplate: { hostPID: true, volumes: TAKES_THE_NODE.volumes } },
    },
  ],
  ["keda.sh/v1alpha1", "ScaledJob", { jobTargetRef: { template } }],
  ["jobset.x-k8s.io/v1alpha2", "JobSet", { replicatedJobs: [{ template: { spec: { template } } }] }],
  ["batch.volcano.sh/v1alpha1", "Job", { tasks: [{ replicas: 2, template }] }],
  ["kubeflow.org/v1", "PyTorchJob", { pytorchReplicaSpecs: { Master: { replicas: 1, template } } }],
  ["ray.io/v1", "RayCluster", { headGroupSpec: { template }, workerGroupSpecs: [{ replicas: 1, template }] }],
  ["sparkoperator.k8s.io/v1beta2", "SparkApplication", { driver: FLAT, executor: { image: "a/b:1" } }],
  ["store.example/v1", "Store", { nodeSets: [{ count: 3, podTemplate: template }] }],
  ["leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", { leaderWorkerTemplate: { workerTemplate: template } }],
  [
    "work.open-cluster-management.io/v1",
    "ManifestWork",
    {
      workload: {
        manifests: [
          { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { template } },
          { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: TAKES_THE_NODE },
        ],
      },
    },
  ],
  [
    "operators.example/v1",
    "ClusterServiceVersion",
    { install: { spec: { deployments: [{ spec: { template } }] } } },
  ],
  [
    "other.example/v1",
    "Anything",
    {
      deployment: {
        hostPID: true,
        podSecurityContext: { fsGroup: 1 },
        containerSecurityContext: { privileged: true },
        image: { registry: "evil.example", repository: "x", tag: "latest" },
        extraVolumes: TAKES_THE_NODE.volumes,
      },
    },
  ],
];

const custom = (apiVersion: string, kind: string, spec: object) => object(apiVersion, kind, "x", { spec });
const rules = (policy: (typeof POLICIES)[number], resource: object) =>
  judge(policy, resource, { stackConfig: {} });

describe("a custom object that makes pods", () => {
  for (const [apiVersion, kind, spec] of KINDS)
    it(`${apiVersion} ${kind} is judged by its shape, like a Deployment`, () => {
      const made = custom(apiVersion, kind, spec);
      for (const [policy, found] of [
        [noPrivileged, /privileged: true/],
        [hostPaths, /hostPath \//],
        [hostNamespaces, /hostPID: true/],
        [pinnedImages, /image evil.example\/x:latest/],
      ] as const) {
        const { violations } = rules(policy as never, made);
        assert.ok(violations.length > 0, `${policy.name} says nothing`);
        for (const message of violations) assert.match(message, found);
      }
    });

  it("is seen by an image under `container` alone", () => {
    const templates = [{ name: "t", container: { image: "evil.example/x:latest" } }];
    const made = custom("argoproj.io/v1alpha1", "Workflow", { templates });
    assert.match(rules(pinnedImages, made).violations.join(), /image evil.example\/x:latest/);
  });

  it("with a whole template is judged by what it leaves out, too; one that an operator completes is not", () => {
    const spec = { ...goodPod(), securityContext: undefined };
    const whole = custom("argoproj.io/v1alpha1", "Rollout", { replicas: 1, template: { spec } });
    assert.match(rules(runAsNonRoot, whole).violations.join(), /runAsNonRoot: nothing/);
    assert.match(rules(seccompProfile as never, whole).violations.join(), /seccompProfile.type nothing/);
    assert.equal(
      remediated(seccompProfile as never, whole),
      undefined,
      "a copy was corrected, not the object",
    );
    const good = custom("argoproj.io/v1alpha1", "Rollout", { replicas: 1, template: { spec: goodPod() } });
    for (const policy of [runAsNonRoot, noPrivileged, seccompProfile])
      assert.deepEqual(rules(policy as never, good).violations, []);
    assert.deepEqual(rules(runAsNonRoot, goodStore()).violations, []);
  });

  it("has its pods counted by what stands around the template", () => {
    const placements = (kind: string, spec: object) =>
      podsOf(seen(custom("x.example/v1", kind, spec))).map(
        ({ placement, where }) => `${where}: ${placement}`,
      );
    assert.deepEqual(placements("Rollout", { replicas: 3, template }), ["spec: 3"]);
    assert.deepEqual(placements("Rollout", { replicas: "many", template }), ["spec: 1"]);
    assert.deepEqual(placements("DaemonSet", { template }), ["spec: node"]);
    assert.deepEqual(placements("Collector", { mode: "daemonset", ...FLAT }), ["spec: node"]);
    assert.deepEqual(
      placements("Store", { sets: [{ count: 2, podTemplate: template }, { podTemplate: template }] }),
      ["spec.sets.0: 2", "spec.sets.1: 1"],
    );
  });

  it("is found once at each place", () => {
    const spec = { ...FLAT, containers: [{ name: "patch", args: ["x"] }], thanos: CONTAINER };
    const pods = podsOf(seen(custom("monitoring.example/v1", "Prometheus", spec)));
    assert.deepEqual(
      pods.map(({ where }) => where),
      ["spec", "spec.thanos"],
    );
    assert.equal(rules(noPrivileged, custom("m.example/v1", "Prometheus", spec)).violations.length, 2);
  });

  it("that is a security context alone is judged by it", () => {
    const spec = { web: { securityContext: { runAsUser: 0 } } };
    assert.match(rules(runAsNonRoot, custom("x.example/v1", "Site", spec)).violations.join(), /runAsUser: 0/);
    const path = custom("x.example/v1", "Cluster", { dataDirHostPath: "/var/lib/rook" });
    assert.match(rules(hostPaths as never, path).violations.join(), /hostPath \/var\/lib\/rook/);
    const source = custom("x.example/v1", "Cluster", { storage: { hostPath: { path: "/data" } } });
    assert.match(rules(hostPaths as never, source).violations.join(), /hostPath \/data/);
  });

  it("judges the containers around one that it can't know", () => {
    const containers = [{ name: "a", image: UNKNOWN }, ...TAKES_THE_NODE.containers];
    const spec = { template: { spec: { containers } } };
    const { violations, advice } = rules(pinnedImages as never, custom("x.example/v1", "Rollout", spec));
    assert.match(violations.join(), /container c/);
    assert.match(advice.join(), /not checked: .*containers\.0\.image/);
  });
});

describe("a custom object that makes no pods", () => {
  const NONE: [string, string, object][] = [
    [
      "kyverno.io/v1",
      "ClusterPolicy",
      {
        rules: [
          { validate: { pattern: { spec: { containers: [{ name: "*", image: "!*:latest" }] } } } },
          {
            validate: {
              pattern: {
                spec: {
                  "=(hostPID)": "false",
                  hostNetwork: "false",
                  containers: [{ securityContext: { privileged: "false" } }],
                },
              },
            },
          },
        ],
      },
    ],
    ["image.toolkit.fluxcd.io/v1", "ImageRepository", { image: "ghcr.io/acme/app", interval: "5m" }],
    [
      "autoscaling.k8s.io/v1",
      "VerticalPodAutoscaler",
      { resourcePolicy: { containerPolicies: [{ containerName: "*" }] } },
    ],
    [
      "monitoring.coreos.com/v1",
      "PrometheusRule",
      { groups: [{ name: "g", rules: [{ alert: "A", expr: "up == 0" }] }] },
    ],
    ["networking.istio.io/v1", "VirtualService", { http: [{ route: [{ destination: { host: "a" } }] }] }],
  ];
  for (const [apiVersion, kind, spec] of NONE)
    it(`${kind} is not taken for one that does`, () => {
      assert.deepEqual(podsOf(seen(custom(apiVersion, kind, spec))), []);
      assert.deepEqual(rules(opaqueResources as never, [custom(apiVersion, kind, spec)] as never).advice, []);
    });
});

describe("what a custom object hides", () => {
  const hidden = (spec: object, ...more: object[]) =>
    judge(opaqueResources as never, [custom("x.example/v1", "Thing", spec), ...more]);

  it("is called not checked: texts, objects inside, charts and repositories", () => {
    for (const [spec, why] of [
      [{ podSpecPatch: '{"containers":[{"name":"main"}]}' }, /podSpecPatch is a text that describes/],
      [{ resource: { manifest: "apiVersion: v1\nkind: Pod\nspec: {}" } }, /resource.manifest is a text/],
      [{ patch: "spec:\n  hostPID: true\n" }, /patch is a text/],
      [{ source: { repoURL: "https://git.example/x" } }, /source.repoURL names a chart or a repository/],
      [{ chart: { spec: { chart: "redis" } } }, /spec.chart names a chart/],
      [
        { manifests: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } }] },
        /manifests.0 is a ConfigMap, of which only the pods are judged/,
      ],
    ] as const) {
      const { violations, advice } = hidden(spec);
      assert.deepEqual(violations, []);
      assert.match(advice.join(), /not checked: Thing\/security-system\/x: /);
      assert.match(advice.join(), why);
    }
  });

  it("is the pods of its operator where its definition has pods and it says nothing of them", () => {
    const definition = (properties: object) =>
      object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.x.example", {
        spec: {
          group: "x.example",
          names: { kind: "Thing" },
          versions: [{ schema: { openAPIV3Schema: { properties: { spec: { properties } } } } }],
        },
      });
    const list = { type: "array", items: {} };
    for (const properties of [{ containers: list }, { a: { properties: { image: {}, resources: {} } } }])
      assert.match(hidden({ replicas: 2 }, definition(properties)).advice.join(), /room for pods/);
    assert.deepEqual(hidden({ replicas: 2 }, definition({ image: {}, color: {} })).advice, []);
    assert.deepEqual(hidden({ template }, definition({ template: {}, containers: list })).advice, []);
  });

  it("is what lies too deep", () => {
    const deep = Array.from({ length: 60 }).reduce<object>((inner) => ({ a: inner }), TAKES_THE_NODE);
    assert.match(hidden(deep).advice.join(), /nested too deep/);
  });
});

/** As policies see a manifest. */
function seen(manifest: ReturnType<typeof custom>) {
  const [group = "", version = ""] = manifest.apiVersion.split("/");
  return {
    urn: "urn:x",
    apiVersion: `${group}/${version}`,
    group,
    kind: manifest.kind,
    name: manifest.metadata.name,
    namespace: manifest.metadata.namespace,
    props: manifest,
    protect: false,
    parent: undefined,
  };
}
