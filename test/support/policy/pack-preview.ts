import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import type { Environment } from "../../../components/core/config/policy-level";
import { RENDER_DIRECTORY } from "../../../tools/cli/render";
import { LocalStack } from "../../../tools/dev/engine/local-stack";
import { PACK_FOLDER } from "../../../tools/dev/policy/compile";
import { environmentFile } from "../../../tools/dev/policy/environment";

/** What the engine says of one resource and one policy, from its event log. */
export interface PolicyEvent {
  urn: string;
  policy: string;
  level: string;
  message: string;
}

export interface Preview {
  code: number;
  output: string;
  /** What blocks: mandatory violations. */
  violations: PolicyEvent[];
  advice: PolicyEvent[];
  remediations: PolicyEvent[];
  /** Inputs of the resources of the Kubernetes provider, as they were after remediations. */
  objects: { urn: string; inputs: Record<string, unknown> }[];
}

export interface PreviewOptions {
  /** Stack config without the project's prefix. */
  config: Record<string, unknown>;
  environment?: Environment;
  /** Policy config instead of the environment's. */
  policyConfig?: unknown;
  /** The project to run; the real program by default. */
  directory?: string;
  env?: NodeJS.ProcessEnv;
  /** Leaves the pack out. */
  withoutPack?: boolean;
}

/**
 * Previews of programs with the compiled pack in the real engine. In render mode no cluster is needed. Each
 * instance has an engine of its own, so two of them can run at once.
 */
export class PolicyPreviews {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-policy-"));
  private readonly engines = new Map<string, LocalStack>();

  constructor(private readonly name: string) {}

  async preview(options: PreviewOptions): Promise<Preview> {
    const events = this.file("events.json");
    fs.rmSync(events, { force: true });
    const { code, stdout, stderr } = await this.run("preview", ["--event-log", events], options);
    return { code, output: stdout + stderr, ...read(events) };
  }

  run(operation: "preview" | "up", args: readonly string[], options: PreviewOptions) {
    const { environment = "prod", policyConfig } = options;
    let policies = environmentFile(environment);
    if (policyConfig !== undefined) {
      policies = this.file("policies.json");
      fs.writeFileSync(
        policies,
        typeof policyConfig === "string" ? policyConfig : JSON.stringify(policyConfig),
      );
    }
    const pack = options.withoutPack ? [] : ["--policy-pack", PACK_FOLDER, "--policy-pack-config", policies];
    return this.stack(options).run(operation, [...pack, ...args], true);
  }

  private stack({ config, directory, environment = "prod", env }: PreviewOptions): LocalStack {
    const configFile = this.file(`Pulumi.${environment}.yaml`);
    const prefixed = Object.entries(config).map(([key, value]) => [`security-stack:${key}`, value]);
    const providers = { "pulumi:disable-default-providers": ["kubernetes"] };
    fs.writeFileSync(configFile, stringify({ config: { ...providers, ...Object.fromEntries(prefixed) } }));
    const stack = new LocalStack({
      engine: `${this.name}-${process.pid}`,
      stack: environment,
      configFile,
      directory,
      // The provider would look for a kubeconfig in the home folder.
      // `--event-log` is there for Pulumi's Automation API, which sets this.
      env: {
        [RENDER_DIRECTORY]: this.file("rendered"),
        HOME: this.folder,
        PULUMI_DEBUG_COMMANDS: "true",
        ...env,
      },
    });
    this.engines.set(stack.home.folder, stack);
    return stack;
  }

  /** Files that an update has written. */
  rendered(): string[] {
    const folder = this.file("rendered");
    return fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  }

  private file(name: string): string {
    return path.join(this.folder, name);
  }

  remove(): void {
    for (const folder of [this.folder, ...this.engines.keys()])
      fs.rmSync(folder, { recursive: true, force: true });
  }
}

interface EngineEvent {
  policyEvent?: { resourceUrn: string; policyName: string; enforcementLevel: string; message: string };
  policyRemediationEvent?: { resourceUrn: string; policyName: string };
  resourcePreEvent?: { metadata: { urn: string; type: string; new?: { inputs: Record<string, unknown> } } };
}

function read(file: string): Omit<Preview, "code" | "output"> {
  const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const events = lines.map((line) => JSON.parse(line) as EngineEvent);
  const found = events.flatMap(({ policyEvent: event }) =>
    event
      ? [
          {
            urn: event.resourceUrn,
            policy: event.policyName,
            level: event.enforcementLevel,
            message: event.message,
          },
        ]
      : [],
  );
  const remediations = events.flatMap(({ policyRemediationEvent: event }) =>
    event ? [{ urn: event.resourceUrn, policy: event.policyName, level: "remediate", message: "" }] : [],
  );
  return {
    violations: found.filter(({ level }) => level === "mandatory"),
    advice: found.filter(({ level }) => level === "advisory"),
    remediations,
    objects: events.flatMap(({ resourcePreEvent: event }) =>
      event?.metadata.type.startsWith("kubernetes:")
        ? [{ urn: event.metadata.urn, inputs: event.metadata.new?.inputs ?? {} }]
        : [],
    ),
  };
}

/** Violations as `policy of Kind/...`, for comparison. */
export function summary(events: readonly PolicyEvent[]): string[] {
  return events.map(({ policy, urn, message }) => `${policy}: ${urn.split("::").at(-1)}\n${message}`);
}
