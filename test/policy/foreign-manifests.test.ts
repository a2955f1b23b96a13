import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { type Judgement, judgeManifests } from "../../policy-pack/pack/without-engine";
import { readManifests } from "../../tools/cli/manifest-files";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { VERDICTS } from "../support/policy/verdicts";

/** What the policies find in install files and examples of others. `UPDATE_GOLDEN=1` writes it anew. */
const PAGE = path.join(__dirname, "..", "support", "policy", "foreign-manifests.md");

/** Files of each project, below the folder that the toolchain keeps. */
const SOURCES = {
  "manifests-argo-cd": ["install.yaml"],
  "manifests-argo-rollouts": [
    "rollout-*.yaml",
    "analysis-templates.yaml",
    "experiment-with-analysis.yaml",
    "istio",
  ],
  "manifests-prometheus-operator": ["user-guides", "rbac"],
} as const;
type Source = keyof typeof SOURCES;
const NAMES = ["manifests-argo-cd", "manifests-argo-rollouts", "manifests-prometheus-operator"] as const;

describe("manifests of others", function () {
  this.timeout(120_000);
  const objects = new Map<Source, number>();
  const found = new Map<Source, Judgement[]>();

  before(async () => {
    const folders = await ensureTools(NAMES);
    for (const source of NAMES) {
      const files = SOURCES[source].flatMap((pattern) => filesOf(folders[source], pattern));
      const { manifests } = readManifests(files);
      const applied = POLICIES.filter((policy) => !policy.needsPulumi).map((policy) => ({
        policy,
        level: policy.level,
        settings: {},
      }));
      objects.set(source, manifests.length);
      found.set(source, judgeManifests(manifests, applied, "2026-11-29"));
    }
  });

  it("are read to the last object, and no policy stumbles over them", () => {
    const all = [...found.values()].flat();
    assert.ok(
      [...objects.values()].every((count) => count > 15),
      [...objects.values()].join(),
    );
    assert.deepEqual(
      all.filter(({ message }) => message.includes("could not read the resource")),
      [],
    );
  });

  it("have findings of which each kind was judged by a person, and none was left that is wrong", () => {
    const policies = new Set([...found.values()].flat().map(({ policy }) => policy.name));
    for (const name of policies) assert.match(VERDICTS[name] ?? "no verdict", /^right: /, name);
  });

  it("have the findings that foreign-manifests.md lists", () => {
    const page = pageOf(found, objects);
    if (process.env["UPDATE_GOLDEN"]) fs.writeFileSync(PAGE, page);
    assert.equal(fs.readFileSync(PAGE, "utf8"), page);
  });
});

/** Judged once by hand with `npm run policy:check`, since the project is no Go module that the toolchain could fetch. */
const KUBE_PROMETHEUS =
  "kube-prometheus (its `manifests` as of 10 August 2026, commit 4d719f1) was judged by hand with `npm run policy:check`, before there was a rule about emptyDir volumes: 26 findings, all of them right. Namespace `monitoring` enforces no Pod Security level and has no default-deny (2); node-exporter uses the network and the processes of the node, mounts `/` and `/sys`, and adds SYS_TIME (5); two roles give with a star (5); ten containers have no probe (10); the Prometheus has no CPU request and no limits (1); three containers have no seccomp profile (3, which Pulumi corrects).";

function filesOf(folder: string, pattern: string): string[] {
  if (!pattern.includes("*")) return [path.join(folder, pattern)];
  const [before = "", after = ""] = pattern.split("*");
  const names = fs.readdirSync(folder).filter((name) => name.startsWith(before) && name.endsWith(after));
  return names.sort().map((name) => path.join(folder, name));
}

function pageOf(found: ReadonlyMap<Source, Judgement[]>, objects: ReadonlyMap<Source, number>): string {
  const rows = [...found].flatMap(([source, judgements]) =>
    [...new Set(judgements.map(({ policy }) => policy.name))].sort().map((name) => {
      const own = judgements.filter(({ policy }) => policy.name === name);
      const [subject = "", what = ""] = (own[0]?.message ?? "").split("\n");
      const example = `${subject}: ${what.replace(/^ *found: */, "")}`
        .replace(/: $/, "")
        .replaceAll("|", "\\|");
      return `| ${source.replace("manifests-", "")} | ${name} | ${own.length} | ${example} | ${VERDICTS[name]} |`;
    }),
  );
  const counts = [...objects].map(
    ([source, count]) =>
      `${source.replace("manifests-", "")} ${count} objects, ${found.get(source)?.length} findings`,
  );
  return [
    "# What the policies find in manifests of others",
    `Install files and examples as their projects write them, judged without Pulumi: ${counts.join("; ")}. Written by the test \`foreign-manifests.test.ts\` with \`UPDATE_GOLDEN=1\`; the verdicts are people's (\`verdicts.ts\`).`,
    KUBE_PROMETHEUS,
    ["| project | policy | findings | the first | verdict |", "|---|---|---|---|---|", ...rows].join("\n"),
    "",
  ].join("\n\n");
}
