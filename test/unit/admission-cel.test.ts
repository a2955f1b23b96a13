import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { celOf } from "../../components/kubernetes/admission-rule-cel";
import { RULE_NAMES, type RuleName, ruleNamed } from "../../components/kubernetes/admission-rules";
import { FEATURES } from "../../components/registry";
import { denialOf } from "../../policy-pack/admission/evaluate-cel";
import { looksAt } from "../../policy-pack/admission/judged-by-rule";
import { admissionOf, judgeByAdmission } from "../../tools/cli/admission-check";
import { newTable } from "../../tools/dev/table";
import { ALLOWED, asObject, PRIVILEGED, pod, SAMPLES, secure } from "../support/admission/samples";
import { settingsOf } from "../support/stack/config";

const MESSAGE = /^found: .+; allowed: .+; fix: .+$/;
const judge = (rule: RuleName, object: object) => denialOf(celOf(ruleNamed(rule), ALLOWED), object);

/** What makes pods of the template, in the place where that kind has it. */
const MAKERS: Readonly<Record<string, (template: object) => object>> = {
  "apps/v1 Deployment": (template) => ({ template }),
  "apps/v1 DaemonSet": (template) => ({ template }),
  "apps/v1 StatefulSet": (template) => ({ template }),
  "apps/v1 ReplicaSet": (template) => ({ template }),
  "batch/v1 Job": (template) => ({ template }),
  "batch/v1 CronJob": (template) => ({ jobTemplate: { spec: { template } } }),
};

function madeBy(maker: string, template: object): object {
  const [apiVersion, kind] = maker.split(" ");
  return {
    apiVersion,
    kind,
    metadata: { name: "sample", namespace: "shop" },
    spec: MAKERS[maker]!(template),
  };
}

describe("admission rules evaluated without a cluster", () => {
  // The API server, Gatekeeper and gator judge the same samples in the rungs cluster and mesh.
  it("decide every sample as the API server, Gatekeeper and gator have to", () => {
    const table = newTable(["rule", "samples", "allowed / denied"]);
    for (const rule of RULE_NAMES) {
      const { allowed, denied } = SAMPLES[rule];
      assert.ok(allowed.length >= 3 && denied.length >= 3, rule);
      const objects = [...allowed, ...denied].map((sample) => asObject(sample, "sample", "shop"));
      const answers = objects.map((object) => {
        assert.ok(looksAt(rule, object), rule);
        return judge(rule, object);
      });
      answers.forEach((answer, index) => {
        if (index < allowed.length) assert.equal(answer, undefined, rule);
        else assert.match(answer ?? "let through", MESSAGE, `${rule}: ${JSON.stringify(objects[index])}`);
      });
      const refused = answers.filter((answer) => answer !== undefined).length;
      table.push([rule, String(objects.length), `${objects.length - refused} / ${refused}`]);
    }
    console.log(table.toString().replace(/^/gm, "        "));
  });

  it("look into what makes pods, of every kind that does", () => {
    for (const maker of Object.keys(MAKERS)) {
      const bad = madeBy(maker, pod(secure(PRIVILEGED)));
      assert.ok(looksAt("privileged", bad), maker);
      assert.equal(judge("privileged", madeBy(maker, pod())), undefined, maker);
      assert.match(
        judge("privileged", bad) ?? "",
        /^found: main: securityContext\.privileged is true; /,
        maker,
      );
    }
    assert.equal(looksAt("privileged", { apiVersion: "v1", kind: "ConfigMap" }), false);
    assert.equal(looksAt("privileged", { apiVersion: "example.com/v1", kind: "Pod" }), false);
    assert.equal(looksAt("mesh-bypass", SAMPLES["service-entries"].denied[0]!), false);
  });

  it("take a key without a value for none, as the API server does", () => {
    const empty = asObject(pod({ securityContext: null }, { initContainers: null, volumes: null }), "a", "b");
    assert.equal(judge("privileged", empty), undefined);
    assert.equal(judge("host-paths", empty), undefined);
    assert.match(judge("read-only-root", empty) ?? "", MESSAGE);
  });

  it("refuse what they can't judge, as the API server's policies do", () => {
    for (const spec of [undefined, {}, { containers: "x" }, { containers: [{ name: "main", image: 1 }] }])
      assert.match(
        judge("pinned-images", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec }) ?? "",
        /^found: an object that can't be judged \(.+\); allowed: /,
        JSON.stringify(spec),
      );
  });

  it("judge long texts in a time that grows no faster than they do", () => {
    const began = performance.now();
    const image = `registry.example/a:${"1".repeat(2_000_000)}@`;
    assert.match(judge("pinned-images", asObject(pod({ image }), "a", "b")) ?? "", /^found: main: image /);
    assert.ok(performance.now() - began < 5_000);
  });
});

describe("the admission rules of a stack in a pull request", () => {
  const BAD = asObject(pod(secure(PRIVILEGED)), "bad", "shop");
  const stagesOf = (stack: string, object: object) => {
    const admission = admissionOf("the stack", settingsOf(stack, FEATURES));
    return judgeByAdmission([object], admission, "default").map(({ rule, stage }) => `${rule} ${stage}`);
  };
  const features = (...list: object[]) => stringify({ ...BASE, features: list });
  const BASE = {
    global: { clusterName: "test" },
    output: { elasticsearch: { endpoints: ["https://elastic.example:9200"] } },
  };
  const rules = (config: object, enabled = true) => features({ name: "pod_admission", enabled, config });

  it("have its stages, by rule and by namespace", () => {
    assert.deepEqual(stagesOf(rules({ stage: "deny" }), BAD), [
      "privileged deny",
      "privilege-escalation deny",
    ]);
    assert.deepEqual(stagesOf(rules({ rules: { privileged: "warn", "privilege-escalation": "off" } }), BAD), [
      "privileged warn",
    ]);
    assert.deepEqual(stagesOf(rules({ stage: "deny", namespaces: { shop: "dryrun" } }), BAD), [
      "privileged dryrun",
      "privilege-escalation dryrun",
    ]);
  });

  it("leave out its namespaces, and those of Kubernetes and the stack", () => {
    assert.deepEqual(stagesOf(rules({ stage: "deny", excludeNamespaces: ["shop"] }), BAD), []);
    for (const namespace of ["kube-system", "security-system", "security-pipeline"])
      assert.deepEqual(
        stagesOf(rules({ stage: "deny" }), asObject(pod(secure(PRIVILEGED)), "bad", namespace)),
        [],
      );
    const label = { metadata: { labels: { "istio.io/dataplane-mode": "ambient" } }, kind: "Namespace" };
    const inMesh = (name: string) => ({
      ...asObject(label, name, ""),
      metadata: { ...label.metadata, name },
    });
    assert.deepEqual(stagesOf(rules({ stage: "deny" }), inMesh("kube-system")), ["mesh-system deny"]);
    assert.deepEqual(stagesOf(rules({ stage: "deny" }), inMesh("shop")), []);
  });

  it("have its lists, also where the feature is off", () => {
    const image = asObject(pod({ image: "docker.io/library/nginx:1.27" }), "a", "shop");
    assert.deepEqual(stagesOf(rules({}, false), image), []);
    const listed = rules({ registries: ["registry.example"] }, false);
    assert.deepEqual(stagesOf(listed, image), ["registries dryrun"]);
  });

  it("are denials by what another feature refuses", () => {
    const stack = features(
      { name: "pod_admission", enabled: true },
      { name: "gatekeeper", enabled: true, config: { rules: { privileged: "deny" } } },
    );
    assert.deepEqual(stagesOf(stack, BAD), ["privileged deny", "privilege-escalation dryrun"]);
  });
});

describe("npm run policy:check by the admission rules", function () {
  this.timeout(120_000);
  const BOOTSTRAP = path.join(__dirname, "..", "..", "tools", "bootstrap.js");
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-check-cel-"));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  function check(input: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BOOTSTRAP, "policy:check", ...args], {
      input,
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    return { status, stdout, stderr };
  }

  const bad = stringify(asObject(pod({ image: "registry.example/app" }), "bad", "shop"));

  it("states the field, what is there, what is allowed and the fix, and ends with 1 on a denial", () => {
    const { status, stdout, stderr } = check(bad, ["-", "--stage", "deny"]);
    assert.equal(status, 1, stderr);
    assert.match(
      stdout,
      /^admission rule pinned-images: Pod\/shop\/bad: denied\n {2}found: main: image registry\.example\/app\n {2}allowed: images with a version .+\n {2}fix: write .+\n/m,
    );
    assert.match(
      stdout,
      /13 admission rules with the settings of the defaults: 1 denials, 0 warnings, 0 noted$/m,
    );
  });

  it("says which stage a finding is in, as data too", () => {
    const { stdout } = check(bad, ["-", "--stack", "dev", "--json"]);
    const found = (JSON.parse(stdout) as { rule?: string; stage?: string; object?: string }[]).filter(
      ({ rule }) => rule !== undefined,
    );
    assert.deepEqual(
      found.map(({ rule, stage, object }) => [rule, stage, object]),
      [["pinned-images", "dryrun", "Pod/shop/bad"]],
    );
  });

  /** In the place of Helm: says how it was called, as an object in the namespace that it was given. */
  function standIn(text: string): NodeJS.ProcessEnv {
    fs.writeFileSync(path.join(folder, "helm"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return { PATH: `${folder}${path.delimiter}${process.env["PATH"]}` };
  }
  const chart = () => {
    const own = path.join(folder, "chart");
    fs.mkdirSync(own, { recursive: true });
    fs.writeFileSync(path.join(own, "Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    return own;
  };

  it("has Helm render a chart with the values and the namespace", () => {
    const env = standIn(`echo "$@" > "${folder}/arguments"; cat "${folder}/rendered.yaml"`);
    fs.writeFileSync(
      path.join(folder, "rendered.yaml"),
      stringify({ ...asObject(pod(secure(PRIVILEGED)), "web", "shop") }),
    );
    const args = [
      chart(),
      "--values",
      "a.yaml",
      "--values",
      "b.yaml",
      "--namespace",
      "shop",
      "--stage",
      "deny",
    ];
    const { status, stdout } = check("", args, env);
    assert.equal(status, 1);
    assert.match(stdout, /^admission rule privileged: Pod\/shop\/web: denied$/m);
    assert.equal(
      fs.readFileSync(path.join(folder, "arguments"), "utf8").trim(),
      `template check ${chart()} --namespace shop --include-crds --values a.yaml --values b.yaml`,
    );
  });

  it("has Helm render a chart in a folder of manifests as a whole", () => {
    const env = standIn(`cat "${folder}/rendered.yaml"`);
    fs.writeFileSync(path.join(folder, "rendered.yaml"), bad);
    fs.mkdirSync(path.join(chart(), "templates"), { recursive: true });
    fs.writeFileSync(path.join(chart(), "templates", "pod.yaml"), "{{ toYaml .Values }}: [");
    const manifests = path.join(folder, "manifests");
    fs.mkdirSync(manifests);
    fs.renameSync(chart(), path.join(manifests, "web"));
    fs.writeFileSync(path.join(manifests, "pod.yaml"), stringify(asObject(pod(), "good", "shop")));
    const { stdout } = check("", [manifests, "--stage", "deny"], env);
    assert.match(stdout, /^2 objects, /m);
    assert.match(stdout, /^admission rule pinned-images: Pod\/shop\/bad: denied$/m);
  });

  it("says what to do where Helm is missing or fails", () => {
    const without = check("", [chart()], { PATH: path.dirname(process.execPath) });
    assert.equal(without.status, 1);
    assert.match(without.stderr, /is a Helm chart, and there is no `helm` in PATH[\s\S]+Install Helm/);
    const failing = check("", [chart()], standIn('echo "Error: image.tag is required" >&2; exit 1'));
    assert.equal(failing.status, 1);
    assert.match(failing.stderr, /Helm does not render .+: Error: image\.tag is required/);
  });
});
