import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { compilePolicyPack } from "../../tools/dev/policy/compile";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { ObjectPreviews } from "../support/policy/objects";
import type { PolicyEvent, Preview } from "../support/policy/pack-preview";
import { VERDICTS } from "../support/policy/verdicts";

/** What the pack finds in charts that are not ours, with their own values. `UPDATE_GOLDEN=1` writes it anew. */
const FINDINGS = path.join(__dirname, "..", "support", "policy", "foreign-findings.md");
const TOOLS = ["chart-tetragon", "chart-trivy-operator", "chart-eck-operator"] as const;

describe("charts that are not ours, with their own values,", function () {
  this.timeout(300_000);
  const previews = new ObjectPreviews("policy-foreign");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-foreign-"));
  let preview: Preview;

  before(async () => {
    await compilePolicyPack();
    const tools = await ensureTools(TOOLS);
    const charts = TOOLS.map((tool) => {
      const name = tool.replace("chart-", "");
      return { name, folder: copyForAnyVersion(tools[tool], path.join(folder, name)), namespace: "foreign" };
    });
    preview = await previews.previewOf({ objects: [], charts });
  });
  after(() => {
    previews.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("are checked to the last object, and no policy stumbles over them", () => {
    assert.ok(preview.objects.length > 50, preview.output);
    assert.equal(preview.output.includes("failed to run"), false, preview.output);
    const stumbled = preview.violations.filter(({ message }) =>
      message.includes("could not read the resource"),
    );
    assert.deepEqual(stumbled, []);
    assert.deepEqual(
      preview.remediations.filter(({ policy }) => policy === "standard-labels"),
      [],
    );
  });

  it("have findings of which each kind was judged by a person, and none was left that is wrong", () => {
    for (const { policy } of [...preview.violations, ...preview.advice])
      assert.match(VERDICTS[policy] ?? "no verdict", /^right: /, policy);
  });

  it("have the findings that foreign-findings.md lists", () => {
    const page = findingsPage([...preview.violations, ...preview.advice], preview.objects.length);
    if (process.env["UPDATE_GOLDEN"]) fs.writeFileSync(FINDINGS, page);
    assert.equal(fs.readFileSync(FINDINGS, "utf8"), page);
  });
});

/**
 * In render mode the provider takes the cluster for Kubernetes 1.20, which the ECK operator's chart refuses; so
 * the copies ask for no version.
 */
function copyForAnyVersion(chart: string, target: string): string {
  fs.cpSync(chart, target, { recursive: true, dereference: true });
  for (const file of fs.readdirSync(target, { recursive: true, encoding: "utf8" })) {
    if (path.basename(file) !== "Chart.yaml") continue;
    const metadata = path.join(target, file);
    fs.chmodSync(metadata, 0o644);
    fs.writeFileSync(metadata, fs.readFileSync(metadata, "utf8").replace(/^kubeVersion:.*$/gm, ""));
  }
  return target;
}

function findingsPage(events: readonly PolicyEvent[], objects: number): string {
  const rows = events.map(({ policy, level, message }) => {
    const [, subject = "", found = ""] = /\n(.+)\n {2}found: {3}(.+)\n/.exec(message) ?? [];
    return `| ${policy} | ${level} | ${subject} | ${found.replaceAll("|", "\\|")} | ${VERDICTS[policy]} |`;
  });
  return [
    "# What the policies find in charts that are not ours",
    `Tetragon, trivy-operator and the ECK operator with the charts' own values, in one namespace without anything else: ${objects} resources, ${rows.length} findings. Written by the test \`foreign.test.ts\` with \`UPDATE_GOLDEN=1\`.`,
    [
      "| policy | level | object | found | verdict |",
      "|---|---|---|---|---|",
      ...[...new Set(rows)].sort(),
    ].join("\n"),
    "",
  ].join("\n\n");
}
