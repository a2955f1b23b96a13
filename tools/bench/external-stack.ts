import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { STACK_FILE_VARIABLE } from "../../components/core/config/load";
import { checkout } from "../dev/cluster/folders";
import { chartsFolder } from "../dev/engine/charts";
import { type EngineHome, engineEnvironment, engineHome, prepareHome } from "../dev/engine/home";
import { runPulumi } from "../dev/engine/pulumi";
import { EXTERNAL_OUTPUT } from "../dev/engine/stack-config";
import { linkElasticProvider } from "../dev/engine/terraform";
import { writeDevStack } from "./warm-previews";

const STACK = "external";
const PASSWORD = "security-stack:output.elasticsearch.objects.password";
const KIBANA = "https://kibana.example:5601";

/**
 * The dev stack with an Elasticsearch and a Kibana of others, in which it makes its objects: where they are is known from the
 * start, and so everything is checked in each preview. Nobody is there; a preview asks nothing of them.
 */
export class ExternalStack {
  private readonly home: EngineHome;
  private readonly file: string;

  /**
   * @param engine Its name; {@link engineHome}'s folder is the caller's to remove.
   * @param folder For the stack file.
   */
  constructor(
    engine: string,
    private readonly folder: string,
    private readonly kubeconfigPath: string,
  ) {
    this.home = engineHome(engine);
    this.file = path.join(folder, "Pulumi.dev.yaml");
  }

  async prepare(): Promise<void> {
    await prepareHome(this.home, checkout);
    await linkElasticProvider(this.home);
    fs.writeFileSync(path.join(this.folder, "Pulumi.yaml"), "name: security-stack\nruntime: nodejs\n");
    await this.pulumi(["stack", "init", STACK], this.folder);
  }

  /** Writes the stack's config, with Pulumi's own command for the password. */
  async configure(objects: Readonly<Record<string, unknown>>): Promise<void> {
    const created = path.join(this.folder, `Pulumi.${STACK}.yaml`);
    const { encryptionsalt } = parse(fs.readFileSync(created, "utf8"));
    const login = { enabled: true, kibanaEndpoint: KIBANA, username: "provisioner", preflight: false };
    const elasticsearch = { ...EXTERNAL_OUTPUT.elasticsearch, secretsExist: true };
    const output = { elasticsearch: { ...elasticsearch, objects: { ...login, ...objects } } };
    // Without what is made in it: as long as its password is not in the config, that is refused.
    const bare = writeDevStack(this.folder, { output: { elasticsearch } });
    const charts = await chartsFolder(bare, this.home, true);
    writeDevStack(this.folder, { output, ...(charts ? { global: { clusterName: "dev", charts } } : {}) });
    const { config } = parse(fs.readFileSync(this.file, "utf8"));
    fs.writeFileSync(this.file, stringify({ encryptionsalt, config }));
    const secret = ["config", "set", "--secret", "--path", PASSWORD, "a-password", "--stack", STACK];
    await this.pulumi([...secret, "--config-file", this.file], this.folder);
  }

  preview(): Promise<void> {
    return this.pulumi(["preview", "--stack", STACK, "--config-file", this.file], checkout);
  }

  private async pulumi(args: readonly string[], cwd: string): Promise<void> {
    const { code, stdout, stderr } = await runPulumi([...args, "--non-interactive", "--color=never"], {
      program: path.join(this.home.bin, "pulumi"),
      cwd,
      env: { ...engineEnvironment(this.home, this.kubeconfigPath), [STACK_FILE_VARIABLE]: this.file },
      quiet: true,
    });
    if (code !== 0) throw new Error(`pulumi ${args[0]} failed:\n${stdout}${stderr}`);
  }
}
