import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { RULE_NAMES as NAMES, type RuleName, ruleNamed } from "../../components/kubernetes/admission-rules";
import { listPath } from "../../components/kubernetes/cluster-objects";
import { admissionManifests } from "../../components/pod-admission/admission-policies";
import { admissionSchema } from "../../components/pod-admission/admission-schema";
import { ApiError, type KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { waitUntil } from "../../tools/dev/cluster/wait";
import {
  ALLOWED,
  asObject,
  type Fields,
  PRIVILEGED,
  pod,
  SAMPLES,
  secure,
} from "../support/admission/samples";
import { defineServiceEntries } from "../support/admission/service-entries";
import { connect } from "../support/stack/objects";

/** Where every rule only warns, only notes, or does not look. */
const LENIENT = ["warned", "observed", "excluded"];

/** A namespace in which one rule alone denies, so that no other can refuse in its place. */
const namespaceOf = (rule: RuleName) => `only-${rule}`;

function alone(rule: RuleName) {
  const others = NAMES.filter((name) => name !== rule);
  const config = admissionSchema.parse({
    stage: "deny",
    rules: Object.fromEntries(others.map((name) => [name, "off"])),
    namespaces: { warned: "warn", observed: "dryrun" },
    excludeNamespaces: ["excluded", ...others.map(namespaceOf)],
    ...ALLOWED,
  });
  return admissionManifests(config, ruleNamed(rule).ofOthers ? [namespaceOf(rule)] : ["kube-system"]);
}

describe("the admission rules on a real API server", function () {
  this.timeout(300_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "checkout-admission-"));
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: "admission", directory, ephemeral: true });
    api = connect(cluster.kubeconfigPath);
    await defineServiceEntries(api);
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
  ): Promise<string | undefined> {
    const whole = asObject(object, "sample", namespace);
    try {
      await api.create(`${listPath(whole)}?dryRun=All`, whole);
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
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "sample" },
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: { ...pod(main), metadata: { labels: { app: "a" } } },
      },
    });
    const ask = (main: Fields) => refusal("privileged", deployment(main));
    assert.equal(await ask({}), undefined);
    assert.match((await ask(secure(PRIVILEGED))) ?? "let through", /found: main/);
  });

  it("keep the mesh's label from a namespace of Kubernetes or the stack, and let other labels be", async () => {
    const label = (labels: object) =>
      api.patch(`/api/v1/namespaces/${namespaceOf("mesh-system")}?dryRun=All`, { metadata: { labels } });
    await label({ "istio.io/dataplane-mode": "none", team: "platform" });
    await assert.rejects(
      label({ "istio.io/dataplane-mode": "ambient" }),
      /security-stack-mesh-system.* found: label istio.io\/dataplane-mode: ambient; allowed: .+; fix: /,
    );
  });
});
