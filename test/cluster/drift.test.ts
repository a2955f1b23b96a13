import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DECLARED_WINS } from "../../tools/cli/stack-command";
import { EXTERNAL_OUTPUT } from "../../tools/dev/engine/stack-config";
import { longTest } from "../support/long-test";
import { Deployment } from "../support/stack/deployment";

const FALCO = "/apis/apps/v1/namespaces/security-system/daemonsets/falco";
const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/tetragon";
const POLICIES = "/apis/cilium.io/v1alpha1/tracingpolicies";
const CONFIG = "/api/v1/namespaces/security-pipeline/configmaps/gateway-config";
/** Written by a program of the stack, and none of the plan's. */
const POSITION = "/api/v1/namespaces/security-pipeline/configmaps/sink-s3-position";
const WRITTEN = { "position.json": '{"done":{}}' };
const EDITED = "cron-persistence";
const DELETED = "process-exec";

interface Rules {
  rules: unknown[];
}

interface Policy {
  spec: { kprobes: unknown[] };
}

// What people do to objects by hand, and what an update does about it: the state knows nothing of it.
describe("drift", function () {
  this.timeout(300_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: "test-drift", env: DECLARED_WINS });
    deployment.configure({
      toggle: { osquery: false, trivy: false },
      output: { ...EXTERNAL_OUTPUT, s3: { bucket: "archive", region: "eu-central-1" } },
    });
    await deployment.run("up");
  });
  after(() => deployment?.stop());

  longTest("is none after an update, and where a sink has written its position", async () => {
    await deployment.api.patch(POSITION, { data: WRITTEN });
    assert.deepEqual(await deployment.drift(), []);
  });

  longTest("is no position that a sink has written, and an update of the sink leaves it", async () => {
    const s3 = { bucket: "archive", prefix: "other", region: "eu-central-1" };
    deployment.configure({ output: { ...EXTERNAL_OUTPUT, s3 } });
    await deployment.run("up");
    assert.deepEqual((await deployment.api.get<{ data?: object }>(POSITION)).data, WRITTEN);
  });

  it("is each object that was deleted or edited by hand, with the fields and without a value", async () => {
    const { api } = deployment;
    await api.delete(FALCO);
    await api.delete(`${POLICIES}/${DELETED}`);
    await api.patch(ROLE, { rules: [] });
    await api.patch(`${POLICIES}/${EDITED}`, { spec: { kprobes: [] } });
    await api.patch(CONFIG, { data: { "config.yaml": "receivers: {hunter2: {}}" } });
    const found = await deployment.drift();
    assert.deepEqual(found, [
      { object: "ClusterRole tetragon", what: "changed: rules" },
      { object: "ConfigMap security-pipeline/gateway-config", what: 'changed: data["config.yaml"]' },
      { object: "DaemonSet security-system/falco", what: "deleted" },
      { object: `TracingPolicy ${EDITED}`, what: "changed: spec.kprobes" },
      { object: `TracingPolicy ${DELETED}`, what: "deleted" },
    ]);
  });

  longTest("is put back by an update that refreshes, and none afterwards", async () => {
    await deployment.run("up", ["--refresh", "--run-program"]);
    assert.deepEqual(await deployment.drift(), []);
    const { api } = deployment;
    assert.ok((await api.get<Rules>(ROLE)).rules.length > 0);
    assert.ok((await api.get<Policy>(`${POLICIES}/${EDITED}`)).spec.kprobes.length > 0);
    await api.get(FALCO);
    await api.get(`${POLICIES}/${DELETED}`);
    assert.deepEqual((await api.get<{ data?: object }>(POSITION)).data, WRITTEN);
  });

  it("is not known, and no success, while the cluster can't be reached", async () => {
    const { kubeconfigPath } = deployment.cluster;
    const kubeconfig = readFileSync(kubeconfigPath);
    await deployment.cluster.stop();
    // A user's stays when the cluster goes.
    mkdirSync(dirname(kubeconfigPath), { recursive: true });
    writeFileSync(kubeconfigPath, kubeconfig, { mode: 0o600 });
    await assert.rejects(deployment.drift(), /refused|can't be reached|failed/i);
  });
});
