import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ConfigError } from "../../components/core/config/config-error";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig } from "../../components/core/config/parse";
import { FEATURES } from "../../components/registry";
import { copyWithoutSecrets, RENDER_DIRECTORY } from "../../tools/cli/render";
import { checkout } from "../../tools/dev/cluster/folders";
import { type EngineHome, engineEnvironment, engineHome, prepareHome } from "../../tools/dev/engine/home";
import { runPulumi } from "../../tools/dev/engine/pulumi";

const CANARY = "Canary-4b81e0-of-some-length";
const STACK = "canary";

/** A stack with a passphrase of its own, as a user has one; the embedded cluster's takes no secrets. */
class OwnStack {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-secrets-"));
  readonly rendered = path.join(this.folder, "rendered");
  readonly home: EngineHome = engineHome(`test-secrets-${process.pid}`);
  readonly file = path.join(this.folder, `Pulumi.${STACK}.yaml`);

  async init(): Promise<void> {
    await prepareHome(this.home, checkout);
    fs.writeFileSync(path.join(this.folder, "Pulumi.yaml"), "name: security-stack\nruntime: nodejs\n");
    await this.run(["stack", "init", STACK], this.folder);
  }

  /** Writes the config, and then each secret with Pulumi's own command. */
  async configure(config: string, secrets: readonly string[]): Promise<void> {
    const salt = fs.readFileSync(this.file, "utf8").match(/^encryptionsalt: .*$/m)?.[0];
    fs.writeFileSync(this.file, `${salt}\nconfig:\n${config}`);
    for (const key of secrets) {
      const args = ["config", "set", "--secret", "--path", `security-stack:${key}`, CANARY, "--stack", STACK];
      const { code, output } = await this.run(args, this.folder);
      assert.equal(code, 0, output);
    }
  }

  /** Runs the real program with the config of this stack. */
  operation(name: "preview" | "up", env: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
    const unasked = name === "up" ? ["--yes", "--skip-preview"] : [];
    return this.run([name, "--stack", STACK, "--config-file", this.file, ...unasked], checkout, {
      SECURITY_STACK_CONFIG_FILE: this.file,
      ...env,
    });
  }

  async run(
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number; output: string }> {
    const result = await runPulumi([...args, "--non-interactive", "--color=never"], {
      program: path.join(this.home.bin, "pulumi"),
      cwd,
      // The provider would look for a kubeconfig in the home folder.
      env: { ...engineEnvironment(this.home), HOME: this.folder, ...env },
      quiet: true,
    });
    return { code: result.code, output: `${result.stdout}\n${result.stderr}` };
  }

  remove(): void {
    for (const left of [this.folder, this.home.folder]) fs.rmSync(left, { recursive: true, force: true });
  }
}

function config(elasticsearch: string): string {
  return `  security-stack:global: { clusterName: dev }
  security-stack:features:
    - { name: otel_pipeline }
  security-stack:output:
    elasticsearch:
${elasticsearch}`;
}

const ENDPOINT = '      endpoints: ["https://es.example:9200"]\n';

/** All text of a folder's files. */
function textOf(folder: string): string {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => fs.readFileSync(path.join(file.parentPath, file.name), "latin1")).join("\n");
}

/** The errors that `npm run plan` shows of a file. */
function planErrors(file: string): string[] {
  try {
    parseConfig(loadFromFile(file), FEATURES);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ code, path: place }) => `${code} ${place}`);
    throw error;
  }
}

describe("secrets of a stack, with the real engine", function () {
  this.timeout(300_000);
  const stack = new OwnStack();
  before(() => stack.init());
  after(() => stack.remove());

  const refused: [string, string, string[], string][] = [
    [
      "a key in clear beside an encrypted one",
      config(`${ENDPOINT}      apiKey: ${CANARY}\n      objects: { enabled: false, username: loader }\n`),
      ["output.elasticsearch.objects.password"],
      "CFG010 security-stack:output.elasticsearch.apiKey",
    ],
    [
      "encrypted endpoints, longer than what an error shows",
      config(ENDPOINT),
      ["output.elasticsearch.endpoints[0]"],
      "CFG013 security-stack:output.elasticsearch.endpoints[0]",
    ],
    [
      "an encrypted name",
      config(ENDPOINT),
      ["global.clusterName"],
      "CFG013 security-stack:global.clusterName",
    ],
  ];
  for (const [what, text, secrets, error] of refused)
    it(`refuses ${what} in a preview as in the plan, and shows nothing of it`, async () => {
      await stack.configure(text, secrets);
      assert.deepEqual(planErrors(stack.file), [error]);
      const { code, output } = await stack.operation("preview");
      assert.notEqual(code, 0);
      assert.ok(output.includes(error), output);
      assert.ok(!output.includes(CANARY.slice(0, 10)), output);
    });

  it("refuses secrets where the program cannot tell which values they are", async () => {
    await stack.configure(config(ENDPOINT), ["output.elasticsearch.apiKey"]);
    const elsewhere = { SECURITY_STACK_CONFIG_FILE: path.join(path.dirname(stack.file), "none.yaml") };
    const { code, output } = await stack.operation("preview", elsewhere);
    assert.notEqual(code, 0);
    assert.match(output, /CFG014 security-stack:output/);
  });

  it("keeps an API key out of the output, the state and what is rendered but for its Secret", async () => {
    await stack.configure(config(ENDPOINT), ["output.elasticsearch.apiKey"]);
    const { code, output } = await stack.operation("up", { [RENDER_DIRECTORY]: stack.rendered });
    assert.equal(code, 0, output);
    const encoded = Buffer.from(CANARY).toString("base64");
    const shows = (text: string) => text.includes(CANARY) || text.includes(encoded);
    assert.ok(!shows(output), output);
    assert.ok(!shows(textOf(stack.home.state)), "the state shows it");
    assert.ok(shows(textOf(stack.rendered)), "the provider writes it: else nothing is shown here");
    const kept = path.join(path.dirname(stack.file), "kept");
    const { secrets, files } = copyWithoutSecrets(stack.rendered, kept);
    assert.ok(secrets.includes("security-pipeline/elasticsearch-api-key"), secrets.join());
    assert.ok(files.length > 10 && !shows(textOf(kept)), "a manifest shows it");
  });
});
