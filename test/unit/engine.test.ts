import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { readStackFile } from "../../components/core/config/stack-file";
import { withToggle } from "../../tools/cli/feature";
import { policies } from "../../tools/cli/stack-command";
import { checkout, checkoutFolder } from "../../tools/dev/cluster/folders";
import { chartTools } from "../../tools/dev/engine/charts";
import { type EngineHome, engineEnvironment, engineHome, projectName } from "../../tools/dev/engine/home";
import { runPulumi } from "../../tools/dev/engine/pulumi";
import { allReady, formatReport } from "../../tools/dev/engine/report";
import { configCopy, copyConfig, keepEncryption, setCharts } from "../../tools/dev/engine/stack-config";

describe("engine", () => {
  let folder: string;
  let engine: EngineHome;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "engine-")));
    engine = engineHome("dev", folder);
  });

  afterEach(() => {
    rmSync(checkoutFolder(folder), { recursive: true, force: true });
    rmSync(folder, { recursive: true });
  });

  describe("the copy of the stack config", () => {
    const text = "# note\nconfig:\n  a:toggle: { falco: true } # why\n";
    const source = () => join(folder, "Pulumi.dev.yaml");
    const copied = () => parse(readFileSync(configCopy(engine, "dev"), "utf8"));

    it("follows the file, keeps its own salt, and never writes to the file", () => {
      writeFileSync(source(), text);
      copyConfig(source(), engine, "dev");
      const made = join(folder, "made.yaml");
      writeFileSync(made, "encryptionsalt: v1:salt\n");
      keepEncryption(made, engine, "dev");
      writeFileSync(source(), text.replace("true", "false"));
      copyConfig(source(), engine, "dev");
      assert.deepEqual(copied(), { config: { "a:toggle": { falco: false } }, encryptionsalt: "v1:salt" });
      assert.equal(readFileSync(source(), "utf8"), text.replace("true", "false"));
    });

    it("does not take over what the user's own stack is encrypted with", () => {
      writeFileSync(
        source(),
        `${text}secretsprovider: awskms://key\nencryptedkey: abc\nencryptionsalt: v1:users\n`,
      );
      copyConfig(source(), engine, "dev");
      assert.deepEqual(Object.keys(copied()), ["config"]);
    });

    const faults: [string, string, RegExp][] = [
      ["an encrypted secret", "config:\n  a:key: { secure: v1:abc }\n", /holds an encrypted secret/],
      [
        "an encrypted secret deep inside",
        "config:\n  a:key: { b: [{ c: { secure: v1:abc } }] }\n",
        /holds an encrypted secret/,
      ],
    ];
    for (const [name, bad, message] of faults) {
      it(`refuses ${name}, and says what to do`, () => {
        writeFileSync(source(), bad);
        assert.throws(
          () => copyConfig(source(), engine, "dev"),
          (error: Error & { fix?: string }) => message.test(error.message) && Boolean(error.fix),
        );
      });
    }

    it("refuses what Pulumi could not read, with a code", () => {
      writeFileSync(source(), "config: [\n");
      assert.throws(() => copyConfig(source(), engine, "dev"), /CFG012 .*Pulumi\.dev\.yaml:2:1/);
    });

    it("holds what the file means to Pulumi, whatever another parser would make of it", () => {
      const lines = [
        "config:",
        "  security-stack:numbers: { octal: 0700, long: 1_000, date: 2026-01-01 }",
        '  security-stack:block: "\\n\\nkept\\n"',
        "  security-stack:quoted: '\"5\"'",
        '  merged: { <<: { a: 1 }, b: "\\u2028" }',
        "  kubernetes:context: none",
      ];
      writeFileSync(source(), `${lines.join("\n")}\n`);
      copyConfig(source(), engine, "dev");
      assert.deepEqual(readStackFile(configCopy(engine, "dev")), readStackFile(source()));
    });

    it("says so when there is no such file", () => {
      assert.throws(() => copyConfig(source(), engine, "dev"), /There is no .*Pulumi\.dev\.yaml/);
    });
  });

  describe("the charts that a stack config needs", () => {
    const file = () => join(folder, "Pulumi.dev.yaml");
    const needs = (text: string) => {
      const prefixed = text.replace(/^(\w+):/gm, "  security-stack:$1:");
      writeFileSync(file(), `config:\n${prefixed}`);
      return chartTools(file());
    };
    const minimal = 'output: {elasticsearch: {endpoints: ["https://es.example:9200"]}}\n';
    const dev = `${minimal}global: {clusterName: dev}\n`;

    it("are those of the features that are on", () => {
      const features = "features: [{name: tetragon}, {name: trivy}, {name: falco}]\n";
      assert.deepEqual(needs(dev + features), ["chart-tetragon", "chart-trivy-operator"]);
      assert.deepEqual(needs(`${dev}${features}toggle: {trivy: false}\n`), ["chart-tetragon"]);
      assert.deepEqual(needs(`${dev}features: [{name: falco}]\n`), []);
    });

    it("are none where the config names a place for them, or is not valid", () => {
      const features = "features: [{name: tetragon}]\n";
      assert.deepEqual(needs(`${minimal}${features}global: {clusterName: dev, charts: /charts}\n`), []);
      assert.deepEqual(needs(`${dev}features: [{name: tetragon}, {name: nope}]\n`), []);
    });

    it("are named in the copy of the config alone", () => {
      const text = "config:\n  security-stack:global: { clusterName: dev } # mine\n";
      writeFileSync(file(), text);
      copyConfig(file(), engine, "dev");
      setCharts(engine, "dev", "/charts");
      const { config } = parse(readFileSync(configCopy(engine, "dev"), "utf8"));
      assert.deepEqual(config, { "security-stack:global": { clusterName: "dev", charts: "/charts" } });
      assert.equal(readFileSync(file(), "utf8"), text);
    });
  });

  it("gives the engine none of the user's settings of Pulumi or the Elastic provider, and a home of its own", () => {
    process.env.PULUMI_CONFIG_PASSPHRASE = "users";
    process.env.ELASTICSEARCH_ENDPOINTS = "https://production";
    process.env.PULUMI_STACK = "prod";
    try {
      const env = engineEnvironment(engine, "/k");
      assert.equal(env.PULUMI_CONFIG_PASSPHRASE, undefined);
      assert.equal(env.PULUMI_STACK, undefined);
      assert.equal(env.ELASTICSEARCH_ENDPOINTS, undefined);
      assert.equal(env.KUBECONFIG, "/k");
      assert.ok(env.PULUMI_HOME?.startsWith(engine.folder) && env.PATH?.startsWith(engine.bin));
      assert.equal(env.PULUMI_BACKEND_URL, `file://${engine.state}`);
    } finally {
      delete process.env.PULUMI_CONFIG_PASSPHRASE;
      delete process.env.PULUMI_STACK;
      delete process.env.ELASTICSEARCH_ENDPOINTS;
    }
  });

  it("reads the project's name", () => {
    writeFileSync(join(folder, "Pulumi.yaml"), 'runtime: nodejs\nname: "shop-1" # x\n');
    assert.equal(projectName(folder), "shop-1");
    assert.equal(projectName(checkout), "security-stack");
  });

  it("adds no policy pack where another is given, and none to a destroy", async () => {
    const none = { args: [], env: {} };
    assert.deepEqual(await policies("up", "dev", "/absent", ["--policy-pack=other"]), none);
    assert.deepEqual(await policies("destroy", "dev", "/absent", []), none);
  });

  it("holds a stack to the levels that its config names, else to those of its name, and tells the pack why", async () => {
    const file = join(folder, "Pulumi.acme.yaml");
    const levels = async (text: string) => {
      writeFileSync(file, text);
      const { args, env } = await policies("preview", "acme", file, []);
      return [args.at(-1)?.split("/").at(-1), Object.values(env).join()];
    };
    assert.deepEqual(await levels("config: { security-stack:global: { policyLevel: dev } }"), [
      "dev.json",
      'dev: global.policyLevel of the stack config is "dev"',
    ]);
    const [config, why = ""] = await levels("config: {}");
    assert.equal(config, "prod.json");
    assert.match(
      why,
      /^prod: the stack's name "acme" begins with none of dev, stage, prod; global\.policyLevel/,
    );
    await assert.rejects(
      levels("config: { security-stack:global: { policyLevel: produ } }"),
      /is "produ", allowed/,
    );
  });

  it("collects a program's output and its exit code", async () => {
    const result = await runPulumi(["-c", "echo out; echo err >&2; exit 3"], {
      program: "/bin/sh",
      cwd: folder,
      env: {},
      quiet: true,
    });
    assert.deepEqual(result, { stdout: "out\n", stderr: "err\n", code: 3, interrupted: false });
  });

  describe("the report", () => {
    const condition = (type: string, status: string) => ({
      type,
      status,
      reason: "Because",
      message: "words",
    });
    const access = { kubeconfigPath: "/cache/kubeconfig", kubectl: "kubectl" };

    it("shows each condition with what is ready, endpoints, next steps and how to look around", () => {
      const outputs = {
        conditions: [condition("FalcoReady", "True"), condition("PipelineReady", "False")],
        falcoReady: "2/2",
        pipelineReady: "1/3",
        endpoints: { kibana: "https://kibana" },
        nextSteps: ["Do this."],
      };
      const text = formatReport(outputs, access);
      for (const part of [
        "FalcoReady 2/2",
        "PipelineReady 1/3",
        "kibana: https://kibana",
        "Do this.",
        "/cache/kubeconfig",
        "npm run stop",
      ]) {
        assert.ok(text.includes(part), part);
      }
      assert.equal(allReady(outputs), false);
    });

    it("is all ready only when every condition is True", () => {
      assert.equal(allReady({ conditions: [condition("A", "True"), condition("B", "True")] }), true);
      assert.equal(allReady({ conditions: [condition("A", "True"), condition("B", "Unknown")] }), false);
    });

    it("stands a stack without outputs", () => assert.ok(formatReport({}, access)));
  });

  describe("npm run feature", () => {
    const rest = '# note\nconfig:\n  security-stack:output: { a: ["b"], c: [] } # why\n';
    const layouts: [string, string, string][] = [
      ["no toggle", rest, `${rest}  security-stack:toggle:\n    falco: false\n`],
      ["no toggle and no last newline", rest.trimEnd(), `${rest}  security-stack:toggle:\n    falco: false`],
      [
        "a toggle of others",
        `${rest}  security-stack:toggle:\n    trivy: true # yes\n  x:y: 1\n`,
        `${rest}  security-stack:toggle:\n    trivy: true # yes\n    falco: false\n  x:y: 1\n`,
      ],
      [
        "a toggle of its own",
        `${rest}  security-stack:toggle:\n    falco: true # off on Fridays\n`,
        `${rest}  security-stack:toggle:\n    falco: false # off on Fridays\n`,
      ],
      [
        "one on a single line",
        `${rest}  security-stack:toggle: {falco: true, trivy: true}\n`,
        `${rest}  security-stack:toggle: {falco: false, trivy: true}\n`,
      ],
      [
        "keys after config",
        `${rest}encryptionsalt: v1\n`,
        `${rest}  security-stack:toggle:\n    falco: false\nencryptionsalt: v1\n`,
      ],
    ];
    for (const [name, before, after] of layouts) {
      it(`changes one line of a file with ${name}`, () =>
        assert.equal(withToggle(before, "falco", false), after));
    }

    it("adds a name to a toggle on a single line", () => {
      const text = withToggle(`${rest}  security-stack:toggle: { trivy: true }\n`, "falco", false);
      assert.deepEqual(parse(text).config["security-stack:toggle"], { trivy: true, falco: false });
      assert.ok(text.includes("# note") && text.includes("# why"));
    });

    const rewritten: [string, string, string][] = [
      ["JSON in a text", "toggle: '{\"trivy\": true}'", "toggle: { trivy: true, falco: false }"],
      ["nothing", "toggle:", "toggle: { falco: false }"],
      [
        "an alias",
        "x: &x { trivy: true }\n  toggle: *x",
        "x: &x { trivy: true }\n  toggle: { trivy: true, falco: false }",
      ],
      [
        "a merged map",
        "x: &x { falco: true }\n  toggle: { <<: *x }",
        "x: &x { falco: true }\n  toggle: { falco: false, <<: *x }",
      ],
    ];
    for (const [name, before, after] of rewritten) {
      it(`writes no more than the toggle anew where it is ${name}`, () => {
        const around = (toggle: string) => `# note\nconfig:\n  ${toggle}\n  octal: { a: 0700 } # why\n`;
        assert.equal(withToggle(around(before), "falco", false), around(after));
      });
    }

    it("leaves a file alone in which it would change more", () => {
      const text = "config:\n  x: { y: &y { falco: true } }\n  toggle: &t { a: *y }\n  z: *t\n";
      assert.throws(() => withToggle(text, "falco", false), /cannot be set without changing/);
    });

    const faults: [string[], RegExp][] = [
      [["falcon", "off"], /There is no feature "falcon"[\s\S]*Did you mean falco\?/],
      [["falco"], /On or off\?/],
      [["falco", "maybe"], /"maybe" is neither on nor off/],
      [["falco", "off", "--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
    ];
    for (const [args, message] of faults) {
      it(`refuses "${args.join(" ")}" in a sentence, and changes nothing`, () => {
        const file = join(checkout, "Pulumi.dev.yaml");
        const before = readFileSync(file, "utf8");
        const { status, output } = bootstrap("feature", ...args);
        assert.equal(status, 1);
        assert.match(output, message);
        assert.doesNotMatch(output, /\n\s+at /);
        assert.equal(readFileSync(file, "utf8"), before);
      });
    }
  });

  describe("the entry of the npm scripts", () => {
    it("lists the commands", () => {
      const { status, output } = bootstrap("--help");
      assert.equal(status, 0);
      for (const name of ["start", "stop", "preview", "doctor"])
        assert.match(output, new RegExp(`^ +${name} +\\w`, "m"));
    });

    it("refuses an unknown command", () => {
      const { status, output } = bootstrap("strat");
      assert.equal(status, 1);
      assert.match(output, /There is no command "strat"\.\n {2}fix: +Use one of: start/);
    });

    it("knows when the packages have to be installed", () => {
      const root = join(folder, "checkout");
      mkdirSync(join(root, "tools"), { recursive: true });
      mkdirSync(join(root, "node_modules"));
      writeFileSync(join(root, "tools", "install.js"), readFileSync(join(checkout, "tools", "install.js")));
      const locked = (packages: object) => JSON.stringify({ packages });
      const wanted = {
        "": { name: "x" },
        "node_modules/a": { version: "1.0.0" },
        "node_modules/b": { version: "1.0.0", optional: true },
      };
      writeFileSync(join(root, "package-lock.json"), locked(wanted));
      const current = () => {
        const script = "process.exit(require('./tools/install.js').packagesAreCurrent() ? 0 : 1)";
        return spawnSync(process.execPath, ["-e", script], { cwd: root }).status === 0;
      };
      assert.equal(current(), false, "never installed");
      const installed = join(root, "node_modules", ".package-lock.json");
      writeFileSync(installed, locked({ "node_modules/a": { version: "1.0.0" } }));
      assert.equal(current(), true, "an optional package of another platform may be missing");
      writeFileSync(installed, locked({ "node_modules/a": { version: "0.9.0" } }));
      assert.equal(current(), false, "another version");
    });
  });
});

function bootstrap(...args: string[]): { status: number | null; output: string } {
  const run = spawnSync(process.execPath, [join(checkout, "tools", "bootstrap.js"), ...args], {
    encoding: "utf8",
  });
  return { status: run.status, output: run.stdout + run.stderr };
}
