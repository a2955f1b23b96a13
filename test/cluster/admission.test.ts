import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { listPath } from "../../components/kubernetes/cluster-objects";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";
import { RULES, type RuleName } from "../../components/pod-admission/rules";
import { ApiError, type KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { connect } from "../support/stack/objects";

const resources = {
  requests: { cpu: "10m", memory: "16Mi" },
  limits: { cpu: "10m", memory: "16Mi" },
};
const securityContext = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
const container = { name: "main", image: "registry.example/app:1.0", resources, securityContext };
const NAMES = Object.keys(RULES) as RuleName[];
/** Where every rule only warns, only notes, or does not look. */
const LENIENT = ["warned", "observed", "excluded"];
const PRIVILEGED = { privileged: true, allowPrivilegeEscalation: true };

/** A namespace in which one rule alone denies, so that no other can refuse in its place. */
const namespaceOf = (rule: RuleName) => `only-${rule}`;

function alone(rule: RuleName) {
  const others = NAMES.filter((name) => name !== rule);
  const config = admissionSchema.parse({
    stage: "deny",
    rules: Object.fromEntries(others.map((name) => [name, "off"])),
    namespaces: { warned: "warn", observed: "dryrun" },
    excludeNamespaces: ["excluded", ...others.map(namespaceOf)],
    registries: ["registry.example", "registry.example:5000", "mirror.example"],
  });
  return admissionManifests(config, ["kube-system"]);
}

type Fields = Record<string, unknown>;
const pod = (main: Fields = {}, spec: Fields = {}, metadata: Fields = {}) => ({
  metadata: { name: "sample", ...metadata },
  spec: { automountServiceAccountToken: false, containers: [{ ...container, ...main }], ...spec },
});
const secure = (more: Fields) => ({ securityContext: { ...securityContext, ...more } });
const init = (more: Fields) => pod({}, { initContainers: [{ ...container, name: "first", ...more }] });
const second = (more: Fields) =>
  pod({}, { containers: [container, { ...container, name: "second", ...more }] });
const volume = (volumes: Fields[]) => pod({}, { volumes });
const digest = `@sha256:${"a".repeat(64)}`;

/** Of each rule: what it lets through and what it refuses. */
const SAMPLES: Record<RuleName, { allowed: object[]; denied: object[] }> = {
  resources: {
    allowed: [pod(), init({}), second({})],
    denied: [
      pod({ resources: {} }),
      init({ resources: { limits: { cpu: "1" } } }),
      second({ resources: { limits: { memory: "1Gi" } } }),
    ],
  },
  privileged: {
    allowed: [pod(), pod(secure({ privileged: false })), init({})],
    denied: [pod(secure(PRIVILEGED)), init(secure(PRIVILEGED)), second(secure(PRIVILEGED))],
  },
  "privilege-escalation": {
    allowed: [pod(), init({}), second({})],
    denied: [
      pod({ securityContext: { readOnlyRootFilesystem: true } }),
      init(secure({ allowPrivilegeEscalation: true })),
      second({ securityContext: null }),
    ],
  },
  "read-only-root": {
    allowed: [pod(), init({}), second({})],
    denied: [
      pod(secure({ readOnlyRootFilesystem: false })),
      init({ securityContext: { allowPrivilegeEscalation: false } }),
      second({ securityContext: null }),
    ],
  },
  "host-namespaces": {
    allowed: [pod(), pod({}, { hostPID: false }), pod({}, { hostNetwork: false })],
    denied: ["hostNetwork", "hostPID", "hostIPC"].map((field) => pod({}, { [field]: true })),
  },
  "host-paths": {
    allowed: [
      pod(),
      volume([{ name: "a", emptyDir: {} }]),
      volume([{ name: "a", configMap: { name: "a" } }]),
    ],
    denied: [
      volume([{ name: "a", hostPath: { path: "/" } }]),
      volume([
        { name: "a", emptyDir: {} },
        { name: "b", hostPath: { path: "/etc" } },
      ]),
      volume([{ name: "a", hostPath: { path: "/run/x.sock", type: "Socket" } }]),
    ],
  },
  "pinned-images": {
    allowed: [
      pod(),
      pod({ image: `registry.example/app${digest}` }),
      init({ image: "registry.example/a:v2" }),
    ],
    denied: [
      pod({ image: "registry.example/app" }),
      init({ image: "registry.example:5000/app" }),
      second({ image: "registry.example/app:latest" }),
    ],
  },
  registries: {
    allowed: [pod(), init({}), pod({ image: "mirror.example/team/app:1.0" })],
    denied: [
      pod({ image: "docker.io/library/nginx:1.27" }),
      init({ image: "nginx:1.27" }),
      pod({ image: "registry.example.evil.example/app:1.0" }),
    ],
  },
  "mesh-bypass": {
    allowed: [
      pod(),
      pod({}, {}, { labels: { "istio.io/dataplane-mode": "ambient" } }),
      pod({}, {}, { annotations: { "ambient.istio.io/bypass-inbound-capture": "false" } }),
    ],
    denied: [
      pod({}, {}, { labels: { "istio.io/dataplane-mode": "none" } }),
      pod({}, {}, { annotations: { "ambient.istio.io/bypass-inbound-capture": "true" } }),
      pod({}, {}, { labels: { app: "x", "istio.io/dataplane-mode": "none" } }),
    ],
  },
};

describe("the admission rules on a real API server", function () {
  this.timeout(120_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "checkout-admission-"));
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: "admission", directory, ephemeral: true });
    api = connect(cluster.kubeconfigPath);
    for (const name of [...NAMES.map(namespaceOf), ...LENIENT])
      await api.create("/api/v1/namespaces", { metadata: { name } });
    for (const name of NAMES)
      for (const manifest of alone(name)) await api.create(listPath(manifest), manifest);
    // The API server takes some time to see new policies.
    for (const name of NAMES)
      await waitUntil(`${name} to hold`, async () => {
        if (!(await refusal(name, SAMPLES[name].denied[0]!))) throw new Error("let through");
        return true;
      });
  });
  after(async () => {
    await api?.close();
    await cluster?.stop();
    fs.rmSync(checkoutFolder(directory), { recursive: true, force: true });
    fs.rmSync(directory, { recursive: true });
  });

  async function refusal(
    rule: RuleName,
    object: object,
    namespace = namespaceOf(rule),
    kind = "pods",
  ): Promise<string | undefined> {
    const group = kind === "pods" ? "/api/v1" : "/apis/apps/v1";
    try {
      await api.create(`${group}/namespaces/${namespace}/${kind}?dryRun=All`, object);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && error.message.includes(`'security-stack-${rule}'`))
        return error.message;
      throw error;
    }
  }

  for (const name of NAMES) {
    const { allowed, denied } = SAMPLES[name];
    it(`${name}: ${allowed.length} objects allowed, ${denied.length} denied with the fix`, async () => {
      assert.ok(allowed.length >= 3 && denied.length >= 3);
      for (const object of allowed) assert.equal(await refusal(name, object), undefined);
      for (const object of denied) {
        assert.match(
          (await refusal(name, object)) ?? "let through",
          /found: .+; allowed: .+; fix: /,
          JSON.stringify(object),
        );
        for (const namespace of LENIENT)
          assert.equal(await refusal(name, object, namespace), undefined, namespace);
      }
    });
  }

  it("judge the pods of a Deployment before it makes any", async () => {
    const deployment = (main: Fields) => ({
      metadata: { name: "sample" },
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: { ...pod(main), metadata: { labels: { app: "a" } } },
      },
    });
    const ask = (main: Fields) =>
      refusal("privileged", deployment(main), namespaceOf("privileged"), "deployments");
    assert.equal(await ask({}), undefined);
    assert.match((await ask(secure(PRIVILEGED))) ?? "let through", /found: main/);
  });
});
