import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { stackContext } from "../../components/core/config/load";
import { ENVIRONMENTS } from "../../components/core/config/policy-level";
import { RUNGS } from "../../tools/dev/test/rungs";

const ROOT = path.join(__dirname, "..", "..");
const FOLDER = path.join(ROOT, ".github", "workflows");

interface Step {
  run?: string;
  env?: Record<string, string>;
  uses?: string;
  with?: Record<string, unknown>;
}

interface Job {
  permissions?: Record<string, string>;
  needs?: string;
  if?: string;
  environment?: string;
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  concurrency: Record<string, unknown>;
  jobs: Record<string, Job>;
}

const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

function read(file: string): Workflow {
  return parse(fs.readFileSync(path.join(FOLDER, file), "utf8")) as Workflow;
}

for (const file of fs.readdirSync(FOLDER))
  describe(`the workflow ${file}`, () => {
    const workflow = read(file);
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

    it("runs npm scripts and rungs that there are", () => {
      const commands = steps.flatMap(({ run = "" }) => [...run.matchAll(/\bnpm\s+([^\n>|;&]+)/g)]);
      assert.ok(commands.length > 0);
      for (const [, command = ""] of commands) {
        const [verb, ...words] = command.trim().split(/\s+/);
        const [name] = words.filter((word) => !word.startsWith("-"));
        if (verb === "run") assert.ok(name && scripts[name], `npm ${command}`);
        else if (verb === "test") {
          const rungs = RUNGS.map((rung) => rung.name);
          const unknown = words.filter((word) => word !== "--" && !rungs.includes(word));
          assert.deepEqual(unknown, [], `npm ${command}`);
        } else assert.equal(verb, "ci", `npm ${command}`);
      }
    });

    it("pins every action to a commit, and leaves no credential in a checkout", () => {
      for (const { uses, with: inputs } of steps) {
        if (uses === undefined) continue;
        assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
        if (uses.startsWith("actions/checkout@")) assert.equal(inputs?.["persist-credentials"], false);
      }
    });

    it("writes nothing that somebody else chose into a script", () => {
      for (const { run = "" } of steps) assert.doesNotMatch(run, /\$\{\{/);
    });

    it("reads the repository only, unless a job says otherwise", () => {
      assert.deepEqual(workflow.permissions, { contents: "read" });
    });
  });

describe("the workflow of a pull request", () => {
  const workflow = read("pull-request.yml");
  const scripts = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

  it("has one job that may write, which runs nothing of the pull request", () => {
    // With pull_request_target the code of a fork would run with the repository's own token.
    assert.deepEqual(Object.keys(workflow.on), ["pull_request"]);
    const writing = Object.entries(workflow.jobs).filter(([, { permissions }]) => permissions !== undefined);
    assert.deepEqual(
      writing.map(([name, { permissions }]) => [name, permissions]),
      [["comment", { "pull-requests": "write" }]],
    );
    for (const [, job] of writing)
      for (const { uses = "", run = "" } of job.steps)
        assert.doesNotMatch(`${uses}\n${run}`, /checkout|\bnpm\b|\bnode\b/);
  });

  it("has a preview with the policy pack whose exit code counts, and whose text is posted", () => {
    const { preview, comment } = workflow.jobs;
    const script = preview?.steps.find(({ run }) => run?.includes("npm run --silent preview"))?.run ?? "";
    assert.match(script, /code=\$\?[\s\S]*exit "\$code"/);
    assert.match(script, /> comment.md/);
    assert.equal(comment?.needs, "preview");
    assert.match(comment?.if ?? "", /^always\(\)/);
    assert.ok(comment?.steps.some(({ run }) => run?.includes("--body-file comment.md")));
  });

  it("replays the samples of the sensors through the collectors", () => {
    assert.ok(scripts.includes("npm run demo"));
  });

  it("has the pinned Falco load the rules of every example stack", () => {
    for (const stack of ENVIRONMENTS)
      assert.ok(scripts.includes(`npm run falco:validate -- --stack ${stack}`), stack);
  });
});

describe("the workflow that judges manifests of your own", () => {
  const workflow = read("manifests.yml");

  it("runs in pull requests, and fails by the exit code although the output goes through a pipe", () => {
    assert.deepEqual(Object.keys(workflow.on), ["pull_request"]);
    const script = workflow.jobs["check"]?.steps.at(-1)?.run ?? "";
    assert.match(
      script,
      /set -o pipefail\n[\s\S]*npm run --silent policy:check -- manifests --stack prod \|/,
    );
  });
});

describe("the workflow that deploys", () => {
  const workflow = read("deploy.yml");
  const jobs = Object.values(workflow.jobs);

  it("runs for main alone, once at a time, and never cuts an update off", () => {
    assert.deepEqual(workflow.on, { push: { branches: ["main"] }, workflow_dispatch: null });
    for (const job of jobs) assert.equal(job.if, "github.ref == 'refs/heads/main'");
    assert.equal(workflow.concurrency["cancel-in-progress"], false);
  });

  it("gives secrets to nothing but the update, in a protected environment", () => {
    const text = fs.readFileSync(path.join(FOLDER, "deploy.yml"), "utf8");
    const secrets = [...text.matchAll(/\$\{\{ (secrets\.\w+) \}\}/g)].map(([, name]) => name);
    const update = jobs.flatMap(({ steps }) => steps).filter(({ env }) => env !== undefined);
    assert.equal(update.length, 1);
    assert.match(update[0]?.run ?? "", /^ *npm run --silent up -- --stack prod --yes --non-interactive/m);
    assert.equal(secrets.length, Object.keys(update[0]?.env ?? {}).length);
    for (const job of jobs) assert.equal(job.environment, "production");
  });

  it("updates a stack whose config names its cluster", () => {
    assert.equal(stackContext(path.join(ROOT, "Pulumi.prod.yaml")), "prod");
  });
});

describe("the workflow that looks for drift", () => {
  const workflow = read("drift.yml");
  const [job] = Object.values(workflow.jobs);

  it("runs every day from main, in the environment of the stack, and not beside an update", () => {
    assert.deepEqual(Object.keys(workflow.on), ["schedule", "workflow_dispatch"]);
    assert.equal(job?.if, "github.ref == 'refs/heads/main'");
    assert.equal(job?.environment, "production");
    assert.deepEqual(workflow.concurrency, read("deploy.yml").concurrency);
  });

  it("fails where something differs, although its output goes through a pipe", () => {
    const script = job?.steps.find(({ run }) => run?.includes("drift"))?.run ?? "";
    assert.match(script, /set -o pipefail\n *npm run --silent drift -- --stack prod \|/);
  });
});
