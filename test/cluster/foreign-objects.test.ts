import assert from "node:assert/strict";
import { longTest } from "../support/long-test";
import { Deployment } from "../support/stack/deployment";
import { until } from "../support/stack/objects";

interface Live {
  metadata: { name: string; uid: string; resourceVersion: string; labels?: Record<string, string> };
  data?: Record<string, string>;
}

const RESTRICTED = "security-pipeline";
const OF_OTHERS = {
  namespace: { kind: "Namespace", name: RESTRICTED, path: `/api/v1/namespaces/${RESTRICTED}` },
  // Of the plan, beside the plan, in no namespace, and of a chart.
  configMap: {
    ...{ kind: "ConfigMap", name: "gateway-config", namespace: RESTRICTED },
    path: `/api/v1/namespaces/${RESTRICTED}/configmaps/gateway-config`,
  },
  secret: {
    ...{ kind: "Secret", name: "gateway-tls", namespace: RESTRICTED },
    path: `/api/v1/namespaces/${RESTRICTED}/secrets/gateway-tls`,
  },
  priorityClass: {
    ...{ kind: "PriorityClass", name: "security-node-agent" },
    path: "/apis/scheduling.k8s.io/v1/priorityclasses/security-node-agent",
  },
};
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRD = `${DEFINITIONS}/vulnerabilityreports.aquasecurity.github.io`;

type Other = (typeof OF_OTHERS)[keyof typeof OF_OTHERS];
const adopt = ({ path: _, ...object }: Other, onDelete: string) => ({ ...object, onDelete });

describe("objects of others on a real API server", function () {
  this.timeout(300_000);
  let deployment: Deployment;
  let untouched: Record<string, Live>;

  before(async () => {
    deployment = await Deployment.start({ name: "test-foreign" });
    deployment.configure({ toggle: { tetragon: false, osquery: false, trivy: false } });
    const { api } = deployment;
    const labels = { team: "others" };
    await api.create("/api/v1/namespaces", {
      metadata: { name: RESTRICTED, labels: { ...labels, "pod-security.kubernetes.io/enforce": "baseline" } },
    });
    await api.create(`/api/v1/namespaces/${RESTRICTED}/configmaps`, {
      metadata: { name: "gateway-config", labels },
      data: { "config.yaml": "theirs" },
    });
    await api.create(`/api/v1/namespaces/${RESTRICTED}/secrets`, {
      metadata: { name: "gateway-tls", labels },
      // Of the type that the stack's is: no update changes a Secret's type.
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": "theirs", "tls.key": "theirs" },
    });
    await api.create("/apis/scheduling.k8s.io/v1/priorityclasses", {
      metadata: { name: "security-node-agent", labels },
      value: 1_000_000,
    });
    untouched = await live();
  });
  after(() => deployment?.stop());

  async function live(): Promise<Record<string, Live>> {
    const entries = Object.entries(OF_OTHERS).map(
      async ([key, { path }]) => [key, await deployment.api.get<Live>(path)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  const exists = (path: string) =>
    deployment.api.get(path).then(
      () => true,
      () => false,
    );

  for (const operation of ["preview", "up"] as const)
    it(`are all named by ${operation}, and none is touched`, async () => {
      const { code, output } = await deployment.attempt(operation);
      assert.notEqual(code, 0);
      for (const { kind, name } of [OF_OTHERS.namespace, OF_OTHERS.configMap, OF_OTHERS.priorityClass])
        assert.match(output, new RegExp(`- ${kind} ${name}`), output);
      assert.match(output, /global\.adopt/);
      assert.deepEqual(await live(), untouched);
      assert.equal(await exists("/api/v1/namespaces/security-system"), false, "something was written");
    });

  it("are refused too where the plan does not name them", async () => {
    const { namespace, configMap, priorityClass } = OF_OTHERS;
    deployment.configure({
      global: {
        clusterName: "dev",
        adopt: [namespace, configMap, priorityClass].map((o) => adopt(o, "keep")),
      },
    });
    const { code, output } = await deployment.attempt("preview");
    assert.notEqual(code, 0);
    assert.match(output, /- Secret gateway-tls in security-pipeline/, output);
    assert.deepEqual(await live(), untouched);
  });

  longTest("become the stack's where the config says so", async () => {
    const { namespace, configMap, secret, priorityClass } = OF_OTHERS;
    const adopted = [
      adopt(namespace, "keep"),
      adopt(priorityClass, "keep"),
      adopt(configMap, "delete"),
      adopt(secret, "delete"),
    ];
    deployment.configure({ global: { clusterName: "dev", adopt: adopted } });
    await deployment.run("up");
    const after = await live();
    for (const [key, { metadata }] of Object.entries(after)) {
      assert.equal(metadata.uid, untouched[key]?.metadata.uid, `${key} was replaced`);
      assert.equal(metadata.labels?.["app.kubernetes.io/part-of"], "security-stack", key);
    }
    assert.match(after["configMap"]?.data?.["config.yaml"] ?? "", /receivers/);
    assert.equal(after["namespace"]?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
  });

  longTest(
    "are in no second update's way, and what a chart would write over is refused as well",
    async () => {
      await deployment.run("preview", ["--expect-no-changes"]);
      await deployment.api.create(DEFINITIONS, definition());
      deployment.configure({ toggle: { tetragon: false, osquery: false, trivy: true } });
      const crd = await deployment.api.get<Live>(CRD);
      for (const operation of ["preview", "up"] as const) {
        const { code, output } = await deployment.attempt(operation);
        assert.notEqual(code, 0);
        assert.match(
          output,
          /- CustomResourceDefinition vulnerabilityreports\.aquasecurity\.github\.io/,
          output,
        );
      }
      const after = await deployment.api.get<Live>(CRD);
      assert.equal(after.metadata.labels?.["app.kubernetes.io/part-of"], undefined);
      assert.equal(after.metadata.uid, crd.metadata.uid);
      deployment.configure({ toggle: { tetragon: false, osquery: false, trivy: false } });
    },
  );

  longTest("are named before a kind of the stack goes that they are of, and stay", async () => {
    const { api } = deployment;
    const labels = {
      "app.kubernetes.io/part-of": "security-stack",
      "app.kubernetes.io/managed-by": "pulumi",
    };
    const kind = definition({ kind: "TracingPolicy", plural: "tracingpolicies", group: "cilium.io" }, labels);
    await api.create(DEFINITIONS, kind);
    const path = `/apis/cilium.io/v1alpha1/namespaces/default/tracingpolicies`;
    await until(
      "the kind",
      () => api.get(path).catch(() => undefined),
      (list) => list !== undefined,
    );
    await api.create(path, {
      ...{ apiVersion: "cilium.io/v1alpha1", kind: "TracingPolicy" },
      metadata: { name: "of-others", namespace: "default" },
    });
    for (const operation of ["preview", "up"] as const) {
      const { code, output } = await deployment.attempt(operation);
      assert.notEqual(code, 0);
      assert.match(output, /deletes kinds of tetragon/, output);
      assert.match(output, /- tracingpolicies\.cilium\.io of-others in default/, output);
    }
    await api.delete(`${path}/of-others`);
    await deployment.run("preview");
  });

  longTest("go with the stack or stay, as the config says", async () => {
    await deployment.run("destroy");
    assert.equal(await exists(OF_OTHERS.namespace.path), true);
    assert.equal(await exists(OF_OTHERS.priorityClass.path), true);
    assert.equal(await exists(OF_OTHERS.configMap.path), false);
    assert.equal(await exists(OF_OTHERS.secret.path), false);
  });
});

const REPORTS = {
  kind: "VulnerabilityReport",
  plural: "vulnerabilityreports",
  group: "aquasecurity.github.io",
};

function definition({ kind, plural, group } = REPORTS, labels: Record<string, string> = {}) {
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() };
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    metadata: { name: `${plural}.${group}`, labels },
    spec: {
      group,
      scope: "Namespaced",
      names,
      versions: [{ name: "v1alpha1", served: true, storage: true, schema }],
    },
  };
}
