import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { ENVIRONMENTS } from "../../components/core/config/policy-level";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { EXCEPTIONS, type Exception } from "../../policy-pack/pack/privilege-exceptions";
import { compilePolicyPack } from "../../tools/dev/policy/compile";
import { judge } from "../support/policy/assertions";
import { chartsFolder, GOOD_CONFIG } from "../support/policy/good-stack";
import { PolicyPreviews, type Preview, summary } from "../support/policy/pack-preview";

describe("the good stack in the real engine", function () {
  this.timeout(300_000);
  const previews = new PolicyPreviews("policy-good");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-charts-"));
  let full: Preview;

  before(async () => {
    await compilePolicyPack();
    const charts = await chartsFolder(folder);
    const global = { ...GOOD_CONFIG.global, charts };
    const config = { ...GOOD_CONFIG, global, tests: { enabled: true } };
    full = await previews.preview({ config, environment: "prod" });
  });
  after(() => {
    previews.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("passes every policy at the levels of production, with nothing waived, corrected or left unchecked", () => {
    assert.equal(full.code, 0, full.output);
    assert.deepEqual(summary([...full.violations, ...full.advice, ...full.remediations]), []);
  });

  it("has all features in it, and the objects of the charts", () => {
    for (const pattern of [
      /Chart\$kubernetes:apps\/v1:DaemonSet::tetragon/,
      /Chart\$kubernetes:apps\/v1:Deployment::trivy/,
      /Chart\$kubernetes:apps\/v1:Deployment::istiod/,
      /Chart\$kubernetes:apps\/v1:DaemonSet::ztunnel/,
      /DaemonSet::.*\/falco$/,
      /DaemonSet::.*\/osquery$/,
      /StatefulSet::.*\/gateway$/,
      /StatefulSet::.*\/alertmanager$/,
      /Deployment::.*\/notifier$/,
      /Deployment::.*\/responder$/,
      /Job::.*\/scenarios$/,
    ])
      assert.ok(
        full.objects.some(({ urn }) => pattern.test(urn)),
        String(pattern),
      );
  });

  it("needs every exception of the list, each item of it", () => {
    const resources = full.objects.map(({ urn, inputs }) => ({ urn, inputs }));
    const idle = EXCEPTIONS.flatMap(({ labels, exceptions }) =>
      exceptions.flatMap((exception) =>
        exception.items
          .filter((item) => !isNeeded(exception, item, resources))
          .map((item) => `${labels["app.kubernetes.io/name"]}: ${exception.policy} ${item}`),
      ),
    );
    assert.deepEqual(idle, []);
  });

  for (const environment of ENVIRONMENTS)
    it(`passes as Pulumi.${environment}.yaml configures it, at the levels of ${environment}`, async () => {
      const file = path.join(__dirname, "..", "..", `Pulumi.${environment}.yaml`);
      const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
      const plain = Object.entries(config).map(([key, value]) => [
        key.replace(/^security-stack:/, ""),
        value,
      ]);
      const own = Object.fromEntries(plain) as { global: object };
      const global = { ...own.global, charts: folder };
      const preview = await previews.preview({ config: { ...own, global }, environment });
      assert.equal(preview.code, 0, preview.output);
      assert.deepEqual(summary([...preview.violations, ...preview.advice, ...preview.remediations]), []);
    });
});

/** True when the policy finds something without the item. */
function isNeeded(exception: Exception, item: string, resources: readonly { inputs: object }[]): boolean {
  const policy = POLICIES.find(({ name }) => name === exception.policy);
  assert.ok(policy);
  const items = exception.items as string[];
  const index = items.indexOf(item);
  items.splice(index, 1);
  try {
    const workloads = resources.map(({ inputs }) => inputs).filter((inputs) => "apiVersion" in inputs);
    return judge(policy, workloads).violations.length > 0;
  } finally {
    items.splice(index, 0, item);
  }
}
