import assert from "node:assert/strict";
import type { Job } from "kubernetes-types/batch/v1";
import type { ConfigMap } from "kubernetes-types/core/v1";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { ConfigError } from "../../components/core/config/config-error";
import { parseConfig } from "../../components/core/config/parse";
import { type Plan, plan } from "../../components/core/plan/plan";
import { otelPipeline } from "../../components/pipeline/pipeline-feature";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { SHAPES } from "../../scenarios/cluster/pods";
import { scenarios } from "../../scenarios/feature/scenarios-feature";
import type { Scenario } from "../../scenarios/model/scenario-schema";

const MOST_OF_A_CONFIG_MAP = 1024 * 1024;

function planWith(tests: object, global: object = {}): Plan {
  const values = {
    global: { clusterName: "test", ...global },
    features: [{ name: "otel_pipeline" }],
    output: {
      elasticsearch: {
        endpoints: ["https://es.elastic.svc:9200"],
        caSecretRef: { name: "es-ca" },
        indices: { events: "shop-events" },
      },
    },
    tests,
  };
  return plan(parseConfig({ values, encrypted: [] }, [otelPipeline, scenarios]));
}

function objects(planned: Plan) {
  const found = planned.features.find(({ name }) => name === "scenarios")!.contribution.manifests;
  const ofKind = <T>(kind: string) => found.find((manifest) => manifest.kind === kind) as unknown as T;
  const job = ofKind<Job>("Job");
  const { data } = ofKind<ConfigMap>("ConfigMap");
  return { found, ofKind, job, data: data!, pod: job.spec!.template.spec! };
}

const selected = (tests: object) =>
  (JSON.parse(objects(planWith(tests)).data["scenarios.json"]!) as Scenario[]).map(({ id }) => id);

const codes = (tests: object, global: object = {}): string[] => {
  try {
    planWith(tests, global);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.issues.map(({ code, path }) => `${code} ${path}`);
  }
};

describe("the scenarios in a stack", () => {
  const planned = planWith({ enabled: true });

  it("are no part of it unless tests are enabled", () => {
    assert.deepEqual(planWith({}).disabled, ["scenarios"]);
    assert.deepEqual(planned.disabled, []);
  });

  it("are those that the config names, all of them where it names none", () => {
    assert.deepEqual(
      selected({ enabled: true }),
      SCENARIOS.map(({ id }) => id),
    );
    assert.deepEqual(selected({ enabled: true, scenarios: ["validate-shell"] }), ["validate-shell"]);
    const unknown = { enabled: true, scenarios: ["validate-shell", "validate-shel"] };
    assert.deepEqual(codes(unknown), ["CFG003 security-stack:tests.scenarios[1]"]);
  });

  it("are refused on a cluster that sounds like production unless its name is given again", () => {
    const production = { clusterName: "shop-prod" };
    const path = "security-stack:tests.confirmCluster";
    assert.deepEqual(codes({ enabled: true }, production), [`CFG004 ${path}`]);
    assert.deepEqual(codes({ enabled: true, confirmCluster: "shop" }, production), [`CFG003 ${path}`]);
    assert.deepEqual(codes({ enabled: true, confirmCluster: "shop-prod" }, production), []);
  });

  it("are planned to the same bytes", () => {
    assert.equal(JSON.stringify(planWith({ enabled: true })), JSON.stringify(planned));
  });

  it("run in a pod without privilege, which gets its key from a Secret and its program from a ConfigMap", () => {
    const { pod, job } = objects(planned);
    const container = pod.containers[0]!;
    assert.ok(container.image?.startsWith("docker.io/library/node:"));
    assert.deepEqual(container.securityContext, {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.equal(pod.securityContext?.runAsNonRoot, true);
    assert.deepEqual(pod.securityContext?.seccompProfile, { type: "RuntimeDefault" });
    assert.deepEqual(
      pod.volumes?.map(({ name, secret, configMap }) => `${name} ${secret?.secretName ?? configMap?.name}`),
      ["program scenarios", "elasticsearch-auth scenarios-api-key", "elasticsearch-ca es-ca"],
    );
    assert.ok(!JSON.stringify(container.env).includes("valueFrom"));
    assert.equal(job.spec?.backoffLimit, 0);
  });

  it("look into the indices of the stack", () => {
    const { pod } = objects(planned);
    const env = Object.fromEntries(pod.containers[0]!.env!.map(({ name, value }) => [name, value]));
    assert.equal(JSON.parse(env["ELASTICSEARCH_INDICES"]!).events, "shop-events");
    assert.equal(env["CLUSTER_NAME"], "test");
  });

  it("may do nothing with Secrets, and delete and read no namespace but their own", () => {
    const { rules } = objects(planned).ofKind<ClusterRole>("ClusterRole");
    assert.ok(!rules!.some(({ resources }) => resources?.includes("secrets")));
    for (const rule of rules!.filter(({ resources }) => resources?.includes("namespaces")))
      if (!rule.resourceNames) assert.deepEqual(rule.verbs, ["create"]);
      else assert.deepEqual(rule.resourceNames, ["ctem-test", "ctem-test-escape"]);
  });

  it("count the pods that they make, and pull their images from the mirror", () => {
    const { images, sizing } = planWith({ enabled: true }, { imageRegistry: "mirror.example" });
    const rows = sizing.workloads.filter(({ name }) => name.startsWith("scenarios"));
    const pods = rows.reduce((sum, { replicas }) => sum + replicas, 0);
    // The Job's, and the pod that a scenario makes as its attack.
    assert.equal(pods, Object.keys(SHAPES).length + 2);
    for (const { name } of rows) assert.match(images[name] ?? "", /^mirror\.example\/.+@sha256:/);
  });

  it("change the pod when they change, so that they run again", () => {
    const annotation = (tests: object) => {
      const { metadata } = objects(planWith(tests)).job.spec!.template;
      return metadata!.annotations!["checksum/config"];
    };
    assert.notEqual(
      annotation({ enabled: true }),
      annotation({ enabled: true, scenarios: ["validate-shell"] }),
    );
  });
});

describe("the program of the scenarios' Job", () => {
  it("fits into a ConfigMap beside all scenarios, with a tenth to spare", () => {
    const { data } = objects(planWith({ enabled: true }));
    const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    assert.ok(bytes < 0.9 * MOST_OF_A_CONFIG_MAP, `${bytes} bytes`);
  });
});
