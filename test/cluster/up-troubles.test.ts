import assert from "node:assert/strict";
import { DECLARED_WINS } from "../../tools/cli/stack-command";
import { longTest } from "../support/long-test";
import { Deployment } from "../support/stack/deployment";
import { until } from "../support/stack/objects";

const PIPELINE = { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" };
const NAMESPACE = "/api/v1/namespaces/security-system";
const ENFORCED = "pod-security.kubernetes.io/enforce";
/** Of the watch's patience, a second takes that long: it has 30 to 60 of them. */
const SECOND_MS = 100;

// What the scheduler, the controllers and the admission of a real API server say of what can't be: without a kubelet.
describe("an update that can't get its pods", function () {
  this.timeout(300_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: "test-troubles", env: DECLARED_WINS });
    configure({});
    await deployment.run("up");
  });
  after(() => deployment?.stop());

  function configure(override: object, queue: object = {}): void {
    deployment.configure({
      toggle: { tetragon: false, osquery: false, trivy: false },
      features: [{ name: "otel_pipeline", config: { ...PIPELINE, queue } }, { name: "falco" }],
      override,
    });
  }

  /** The update ends soon, by one sentence with the fix. */
  async function refused(what: RegExp, fix: RegExp): Promise<void> {
    const { code, told, seconds, output } = await deployment.watchedUp(SECOND_MS);
    assert.notEqual(code, 0, output);
    const [, sentence = "", advice = ""] =
      /\nEnded, since this does not mend itself: (.*)\.\n {2}fix: (.*)/.exec(told) ?? [];
    assert.match(sentence, what, told);
    assert.match(advice, fix);
    assert.equal(told.split("\n").filter((line) => line.startsWith("! ")).length, 1, told);
    assert.ok(seconds < 60, `${seconds} s`);
  }

  it("where the nodes are too small", async () => {
    const resources = { requests: { cpu: "64" }, limits: { cpu: "64" } };
    configure({ gateway: { resources } });
    await refused(
      /^StatefulSet gateway in security-pipeline: no node takes its pod: .*Insufficient cpu/,
      /override\.<workload>\.resources\.requests/,
    );
    configure({});
    assert.equal((await deployment.watchedUp(SECOND_MS)).code, 0);
  });

  longTest("where the StorageClass is not there", async () => {
    configure({}, { storageClass: "fast" });
    await refused(
      /^PersistentVolumeClaim queue-gateway-0 in security-pipeline gets no volume of StorageClass fast: .*"fast" not found/,
      /kubectl get storageclass/,
    );
    configure({});
    assert.equal((await deployment.watchedUp(SECOND_MS)).code, 0);
  });

  longTest("where a quota refuses them", async () => {
    const quotas = `${NAMESPACE}/resourcequotas`;
    await deployment.api.create(quotas, { metadata: { name: "none" }, spec: { hard: { pods: "0" } } });
    configure({ falco: { resources: { limits: { memory: "2Gi" } } } });
    await refused(
      /^DaemonSet falco in security-system: the API server refuses its pods: .*exceeded quota: none/,
      /ResourceQuota/,
    );
    await deployment.api.delete(`${quotas}/none`);
    assert.equal((await deployment.watchedUp(SECOND_MS)).code, 0);
  });

  longTest("where Pod Security refuses them, and is put right by a refresh", async () => {
    const level = async () => {
      const { metadata } = await deployment.api.get<{ metadata: { labels: Record<string, string> } }>(
        NAMESPACE,
      );
      return metadata.labels[ENFORCED];
    };
    await deployment.api.patch(NAMESPACE, { metadata: { labels: { [ENFORCED]: "restricted" } } });
    configure({ falco: { resources: { limits: { memory: "3Gi" } } } });
    await refused(
      /^DaemonSet falco in security-system: the API server refuses its pods: .*violates PodSecurity "restricted/,
      /npm run up -- --refresh --run-program/,
    );
    await deployment.run("up", ["--refresh", "--run-program"]);
    await until("the level that the stack needs", level, (now) => now === "privileged");
  });
});
