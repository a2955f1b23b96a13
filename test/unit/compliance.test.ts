import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { FRAMEWORKS, parseReference } from "../../components/core/tables/frameworks";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { main } from "../../tools/cli/compliance";
import { coverage, partsOf, rowsOf } from "../../tools/generate/compliance/evidence";
import { controlId, uuid } from "../../tools/generate/compliance/oscal";
import { generalPage } from "../../tools/generate/compliance/page";

const ROOT = path.join(__dirname, "..", "..");
const parts = partsOf({ features: FEATURES, policies: POLICIES, scenarios: SCENARIOS });

describe("compliance texts", () => {
  it("refer to chapters that exist, every one of them", () => {
    assert.ok(parts.length > 60);
    assert.equal(FRAMEWORKS[0]!.controls.length, 106);
  });

  for (const [text, problem] of [
    ["NIST CSF 2.0 PR.AC-4", /withdrawn: write PR\.AA-05/],
    ["NIST CSF 2.0 DE.CM-08", /withdrawn: write ID\.RA-01/],
    ["NIST CSF 2.0 ID.AM-6", /withdrawn: write GV\.RR-02 or GV\.SC-02/],
    ["NIST CSF 2.0 ID.AM-09", /has no ID\.AM-09/],
    ["ISO/IEC 27001:2022 8.35", /has no 8\.35/],
    ["PCI DSS 10.2", /begins with none of/],
  ] as const)
    it(`refuse ${text}`, () => assert.throws(() => parseReference(text), problem));

  it("know of each withdrawn chapter what there is instead, which there is", () => {
    for (const { controls, withdrawn } of FRAMEWORKS)
      for (const [id, instead] of Object.entries(withdrawn)) {
        assert.ok(!controls.includes(id), id);
        for (const control of instead) assert.ok(controls.includes(control), `${id}: ${control}`);
      }
    // Of version 1.1's 108 those whose ids version 2.0 does not use.
    assert.equal(Object.keys(FRAMEWORKS[0]!.withdrawn).length, 79);
  });

  it("take a section of CIS for all that is in it", () => {
    const found = parseReference("CIS Kubernetes 5.2").map(({ control }) => control);
    assert.deepEqual(
      found,
      Array.from({ length: 12 }, (_, i) => `5.2.${i + 1}`),
    );
  });

  it("name evidence that is in the repository, and tests of every part", () => {
    for (const { name, evidence, tests } of parts) {
      assert.ok(tests.length > 0, name);
      for (const file of [...evidence, ...tests])
        assert.ok(fs.existsSync(path.join(ROOT, file)), `${name}: ${file}`);
    }
  });

  it("of every feature, policy, detection rule and scenario say something", () => {
    const named = parts.map(({ kind, name }) => `${kind} ${name}`);
    for (const { name } of FEATURES) assert.ok(named.includes(`feature ${name}`), name);
    for (const { name, detectionRules } of FEATURES)
      for (const rule of detectionRules?.() ?? [])
        assert.ok(
          parts.some((part) => part.kind === "rule" && part.feature === name && part.name === rule.name),
          `${name}: ${rule.name}`,
        );
    assert.equal(parts.filter(({ kind }) => kind === "policy").length, POLICIES.length);
    assert.equal(parts.filter(({ kind }) => kind === "scenario").length, SCENARIOS.length);
  });

  it("say supports, never complies", () => {
    const page = generalPage(rowsOf(parts));
    assert.match(page, /supports/);
    assert.doesNotMatch(page, /\bcompl(y|ies|iant)\b|\bcertif/i);
    for (const { framework, supported, all } of coverage(rowsOf(parts)))
      console.log(`        ${framework.title}: ${supported} of ${all}`);
  });

  it("are filled with the state of a stack", () => {
    const out = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-compliance-"));
    const report = path.join(out, "report.json");
    fs.writeFileSync(
      report,
      JSON.stringify({
        scenarios: [
          { id: "validate-shell", status: "passed" },
          { id: "token-replay", status: "failed" },
        ],
      }),
    );
    try {
      assert.equal(main(["--stack", "dev", "--report", report, "--out", out]), 0);
      const page = fs.readFileSync(path.join(out, "compliance.md"), "utf8");
      assert.match(page, /\[Falco\]\([^)]*\) \(on\)/);
      assert.match(page, /\[Notifications\]\([^)]*\) \(off\)/);
      assert.match(page, /\[validate-shell\]\([^)]*\) \(passed\)/);
      assert.match(page, /\[token-replay\]\([^)]*\) \(failed\)/);
      assert.match(page, /falco: 27 of 27/);
      assert.match(page, /\| Falco \| .*unit\/falco-samples.* \| FalcoReady \|/);
      assert.match(page, /\[data-protected\]\([^)]*\) \(disabled\)/);
    } finally {
      fs.rmSync(out, { recursive: true });
    }
  });

  it("have UUIDs of version 5 that stay, and control ids that OSCAL takes", () => {
    assert.equal(uuid("feature/falco"), uuid("feature/falco"));
    assert.match(uuid("a"), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(["8.16", "32(1)(d)", "DE.CM-09"].map(controlId), ["_8.16", "_32-1-d", "DE.CM-09"]);
  });
});
