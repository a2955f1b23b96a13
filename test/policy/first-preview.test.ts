import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { STACK_FILE_VARIABLE } from "../../components/core/config/load";
import { judgeUnseen } from "../../tools/cli/own-cluster";
import { RENDER_DIRECTORY } from "../../tools/cli/render";
import { engineEnvironment } from "../../tools/dev/engine/home";
import { LocalStack } from "../../tools/dev/engine/local-stack";
import { configCopy } from "../../tools/dev/engine/stack-config";
import { policyArguments, policyEnvironment, preparePolicyPack } from "../../tools/dev/policy/prepare";
import { EKS_STACK } from "../support/eks/eks-config";
import { chartsFolder } from "../support/policy/good-stack";

/** In a template of a chart, as its author or a thief could put it there. */
const PLANTED = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "planted" },
  spec: {
    selector: { matchLabels: { app: "planted" } },
    template: {
      metadata: { labels: { app: "planted" } },
      spec: {
        containers: [{ name: "main", image: "a.example/b:1", securityContext: { privileged: true } }],
      },
    },
  },
};

describe("the first preview of a stack that makes its own EKS cluster", function () {
  this.timeout(300_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-first-"));
  const configFile = path.join(folder, "Pulumi.dev.yaml");
  const charts = path.join(folder, "charts");
  const stack = new LocalStack({
    configFile,
    engine: "policy-first",
    env: { [RENDER_DIRECTORY]: path.join(folder, "rendered") },
  });

  before(async () => {
    fs.mkdirSync(charts);
    await chartsFolder(charts);
    const sections = {
      ...EKS_STACK,
      global: { ...EKS_STACK.global, charts, policyLevel: "stage" },
      features: [{ name: "otel_pipeline" }, { name: "trivy" }],
    };
    const config = Object.entries(sections).map(([key, value]) => [`security-stack:${key}`, value]);
    fs.writeFileSync(configFile, stringify({ config: Object.fromEntries(config) }));
    // Makes the stack, in an engine that has no cluster and no credentials.
    const { code, stdout, stderr } = await stack.run("preview", [], true);
    assert.equal(code, 0, stdout + stderr);
  });
  after(() => {
    fs.rmSync(stack.home.folder, { recursive: true, force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** What comes before it: the charts' objects, which it can't see, are rendered and judged. */
  async function judged() {
    const pack = await preparePolicyPack("stage");
    const copy = configCopy(stack.home, stack.name);
    const env = { ...engineEnvironment(stack.home), ...policyEnvironment(pack), [STACK_FILE_VARIABLE]: copy };
    const program = { ...env, PATH: `${stack.home.bin}:${process.env["PATH"]}` };
    return judgeUnseen(copy, ["--stack", stack.name, "--config-file", copy], policyArguments(pack), program);
  }

  it("has nothing against the charts as they are", async () => {
    assert.equal(await judged(), undefined);
  });

  it("is refused where a chart has a privileged container in it", async () => {
    const [chart = ""] = fs.readdirSync(charts).filter((name) => name.startsWith("trivy"));
    const planted = path.join(charts, chart, "templates", "planted.yaml");
    fs.writeFileSync(planted, stringify(PLANTED));
    const refused = await judged();
    assert.notEqual(refused?.code, 0);
    assert.match(`${refused?.stdout}${refused?.stderr}`, /no-privileged[\s\S]*planted/);
  });
});
