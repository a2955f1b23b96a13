import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { render } from "../../tools/cli/render";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { run } from "../support/stack/run";

const EXCEPTIONS = path.join(__dirname, "..", "support", "stack", "lint-exceptions.yaml");

interface Finding {
  check: string;
  /** "Kind/name" */
  object: string;
  message: string;
}

interface Exception {
  check: string;
  object: string;
  reason: string;
}

// A minute, because it is the real engine and provider that write what is linted.
describe("the rendered manifests", function () {
  this.timeout(300_000);
  let directory: string;
  let files: string[];
  before(async () => {
    directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-")), "rendered");
    files = (await render({ stack: "dev", directory })).files.map((file) => path.join(directory, file));
  });
  after(() => fs.rmSync(path.dirname(directory), { recursive: true, force: true }));

  it("are one per object, all labelled as part of the stack", () => {
    assert.ok(files.length > 20, `only ${files.length}`);
    for (const file of files) {
      for (const document of parseAllDocuments(fs.readFileSync(file, "utf8"))) {
        const { kind, metadata } = document.toJS();
        assert.equal(metadata.labels?.["app.kubernetes.io/part-of"], "security-stack", `${kind} in ${file}`);
      }
    }
  });

  it("have no error-level finding of kube-score that is not excepted", async () => {
    const tools = await ensureTools(["kube-score"]);
    const plain = files.filter((file) => file.includes("1-manifest"));
    const { stdout } = await run(tools["kube-score"], ["score", "--output-format", "json", ...plain]);
    assertExcepted("kube-score", kubeScoreFindings(JSON.parse(stdout)));
  });

  it("have no finding of trivy config, HIGH or CRITICAL, that is not excepted", async () => {
    const { trivy } = await ensureTools(["trivy"]);
    const args = [
      "config",
      "--quiet",
      "--format",
      "json",
      "--severity",
      "HIGH,CRITICAL",
      "--skip-check-update",
      // Its check of ConfigMaps ends on the text of a bundled program with "functions must not produce multiple outputs"
      // (configMap_with_secrets.rego, Trivy 0.74), and then finds nothing in any other file either.
      "--skip-files",
      "**/v1-configmap-*-program.yaml",
      directory,
    ];
    const { code, stdout, stderr } = await run(trivy, args);
    assert.equal(code, 0, stderr);
    assertExcepted("trivy", trivyFindings(JSON.parse(stdout), directory));
  });
});

function assertExcepted(tool: string, findings: readonly Finding[]): void {
  const exceptions: Exception[] = parse(fs.readFileSync(EXCEPTIONS, "utf8"))[tool];
  const covers = (e: Exception, f: Finding) =>
    e.check === f.check && (e.object === f.object || e.object === `${f.object.split("/")[0]}/*`);
  const open = findings.filter((finding) => !exceptions.some((exception) => covers(exception, finding)));
  assert.deepEqual(
    open.map((f) => `${f.check} ${f.object}: ${f.message}`),
    [],
    `${open.length} findings of ${tool}`,
  );
  const idle = exceptions.filter((exception) => !findings.some((finding) => covers(exception, finding)));
  assert.deepEqual(idle, [], "exceptions that match no finding: remove them");
  for (const { reason } of exceptions) assert.ok(reason.length > 20, "an exception without its reason");
}

interface KubeScoreObject {
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

const KUBE_SCORE_CRITICAL = 1;

function kubeScoreFindings(objects: readonly KubeScoreObject[]): Finding[] {
  return objects.flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter((result) => !result.skipped && result.grade === KUBE_SCORE_CRITICAL)
      .map(({ check, comments }) => ({
        check: check.id,
        object: `${type_meta.kind}/${object_meta.name}`,
        message: (comments ?? []).map((c) => `${c.path} ${c.summary}`).join("; "),
      })),
  );
}

interface TrivyReport {
  Results?: { Target: string; Misconfigurations?: { ID: string; Message: string; Status: string }[] }[];
}

function trivyFindings(report: TrivyReport, directory: string): Finding[] {
  return (report.Results ?? []).flatMap(({ Target, Misconfigurations = [] }) => {
    const { kind, metadata } = parse(fs.readFileSync(path.join(directory, Target), "utf8"));
    const object = `${kind}/${metadata.name}`;
    return Misconfigurations.filter((m) => m.Status === "FAIL").map((m) => ({
      check: m.ID,
      object,
      message: m.Message,
    }));
  });
}
