import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { kubectlAccess } from "../../tools/dev/kubectl";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { asObject, SAMPLES } from "../support/admission/samples";
import { defineServiceEntries } from "../support/admission/service-entries";
import { longTest } from "../support/long-test";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf } from "../support/stack/objects";

const BINDINGS =
  "delete validatingadmissionpolicybinding -l app.kubernetes.io/component=pod_admission --wait=true";
const SENSOR = [
  { name: "otel_pipeline", enabled: true },
  { name: "falco", enabled: true },
];
const SHOP = { name: "shop", quota: { pods: 1, cpu: "1", memory: "1Gi" }, ingressFrom: ["team"] };
const ADMISSION = { stage: "deny", namespaces: { warned: "warn" }, egressHosts: ["api.example.com"] };

const SECURE = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const pod = (name: string, securityContext: object) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: "registry.example/a:1.0", securityContext }] },
});
const PRIVILEGED = JSON.stringify(pod("sample", { privileged: true }));
const RESTRICTED = pod("writes", SECURE);
const READ_ONLY = pod("careful", { ...SECURE, readOnlyRootFilesystem: true });

// What each rule refuses is in admission.test.ts. Here: the feature as a user switches it on, goes back and off.
describe("admission rules of a stack, as kubectl meets them", function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let kubectl: string;

  before(async () => {
    ({ kubectl } = await ensureTools(["kubectl"]));
    deployment = await Deployment.start({ name: "test-admission" });
    for (const name of ["team", "warned"])
      await deployment.api.create("/api/v1/namespaces", { metadata: { name } });
    await defineServiceEntries(deployment.api);
    deployment.configure({
      features: [
        ...SENSOR,
        { name: "pod_admission", enabled: true, config: ADMISSION },
        { name: "workload_namespaces", enabled: true, config: { namespaces: [SHOP] } },
      ],
    });
    await deployment.run("up");
  });
  after(() => deployment?.stop());

  function run(args: string, input?: string) {
    const { kubeconfigPath } = deployment.cluster;
    const result = spawnSync(kubectl, [...kubectlAccess(kubeconfigPath), ...args.split(" ")], {
      input,
      encoding: "utf8",
    });
    return { code: result.status, output: result.stdout + result.stderr };
  }
  // The API server takes some time to see that policies have come or gone.
  const letGo = () =>
    waitUntil("the rules to let go", async () => {
      assert.equal(create("team").code, 0);
      return true;
    });
  const create = (namespace: string) => run(`create -n ${namespace} --dry-run=server -f -`, PRIVILEGED);

  it("refuse a privileged pod with the fix, and warn of it where they only warn", async () => {
    const refused = await waitUntil("the rules to hold", async () => {
      const { code, output } = create("team");
      assert.notEqual(code, 0);
      return output;
    });
    assert.match(refused, /security-stack-\S+' .* denied request: found: main: .+; allowed: .+; fix: /);
    const { code, output } = create("warned");
    assert.equal(code, 0, output);
    assert.match(
      output,
      /Warning: .*'security-stack-privileged'.* found: main: securityContext\.privileged is true; allowed: privileged: false; fix: /,
    );
  });

  // What goes around the mesh in the network, plaintext to a port that is STRICT or packets to an unknown host, only a data plane
  // can refuse: none is here.
  it("refuse what leads around a mesh, or takes the cluster's own into it", () => {
    const attacks: Record<string, [string, object, string]> = {
      "mesh-bypass": [
        "create -n team",
        SAMPLES["mesh-bypass"].denied[0]!,
        "label istio.io/dataplane-mode: none",
      ],
      "service-entries": ["create -n team", SAMPLES["service-entries"].denied[0]!, "host evil.example"],
      "mesh-system": [
        "create -n kube-system",
        SAMPLES["mesh-system"].denied[0]!,
        "label istio.io/dataplane-mode: ambient",
      ],
    };
    for (const [rule, [command, sample, found]] of Object.entries(attacks)) {
      const { metadata, ...object } = asObject(sample, "attack", "");
      const { namespace: _, ...named } = metadata;
      const { code, output } = run(
        `${command} --dry-run=server -f -`,
        JSON.stringify({ ...object, metadata: named }),
      );
      assert.notEqual(code, 0, rule);
      assert.match(output, new RegExp(`'security-stack-${rule}' .*denied request: .*found: ${found}`), rule);
    }
    const label = run("label --dry-run=server namespace kube-system istio.io/dataplane-mode=ambient");
    assert.match(label.output, /'security-stack-mesh-system' .*denied request: found: label istio\.io/);
  });

  it("have a namespace hardened by one entry: level, rules, default limits and quota", async () => {
    const inShop = (pod: object) => run("create -n shop -f -", JSON.stringify(pod));
    assert.match(create("shop").output, /violates PodSecurity "restricted|denied request: found: main/);
    assert.match(inShop({ ...RESTRICTED, metadata: { name: "writes" } }).output, /read-only-root/);
    const made = inShop(READ_ONLY);
    assert.equal(made.code, 0, made.output);
    const { spec } = await deployment.api.get<{ spec: { containers: { resources: object }[] } }>(
      "/api/v1/namespaces/shop/pods/careful",
    );
    assert.deepEqual(spec.containers[0]?.resources, {
      requests: { cpu: "50m", memory: "64Mi" },
      limits: { cpu: "500m", memory: "256Mi" },
    });
    const second = inShop({ ...READ_ONLY, metadata: { name: "second" } });
    assert.match(second.output, /exceeded quota: security-stack, requested: .*pods=1, used: .*pods=1/);
  });

  longTest("let the stack's own pods be made again, Falco's privileged ones too", async () => {
    const pods = async () => {
      const path = "/api/v1/namespaces/security-system/pods?labelSelector=app.kubernetes.io/name=falco";
      const { items } = await deployment.api.get<{ items: { metadata: { name: string; uid: string } }[] }>(
        path,
      );
      return items;
    };
    const [first] = await pods();
    assert.ok(first);
    await deployment.api.delete(`/api/v1/namespaces/security-system/pods/${first.metadata.name}`);
    await waitUntil("a new pod", async () => {
      const now = await pods();
      assert.ok(now.length === 2 && now.every(({ metadata }) => metadata.uid !== first.metadata.uid));
      return true;
    });
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  longTest(
    "are taken away by the documented command when nothing else works, and come back with the next up",
    async () => {
      const deleted = run(BINDINGS);
      assert.equal(deleted.code, 0, deleted.output);
      await letGo();
      await deployment.run("up", ["--refresh"]);
      await waitUntil("the rules to hold again", async () => {
        assert.notEqual(create("team").code, 0);
        return true;
      });
    },
  );

  longTest("leave nothing when they are switched off, and the namespace with its pods as it is", async () => {
    deployment.configure({ features: SENSOR });
    await deployment.run("up");
    const left = (await allObjects(deployment.api)).filter(belongsTo("pod_admission")).map(idOf);
    assert.deepEqual(left, []);
    await letGo();
    const shop = (await allObjects(deployment.api)).filter(
      ({ kind, metadata }) => metadata.namespace === "shop" && /LimitRange|Quota|NetworkPolicy/.test(kind),
    );
    assert.deepEqual(shop.map(idOf), []);
    await deployment.api.get("/api/v1/namespaces/shop/pods/careful");
  });
});
