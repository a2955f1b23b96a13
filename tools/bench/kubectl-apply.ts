import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { kubectlAccess } from "../dev/kubectl";
import { ensureTools } from "../dev/toolchain/ensure";

/** Kinds that `kubectl rollout status` waits for. */
const ROLLED_OUT = ["DaemonSet", "Deployment", "StatefulSet"];

interface RenderedObject {
  kind: string;
  metadata: { name: string; namespace?: string };
}

interface Rendered {
  file: string;
  object: RenderedObject;
}

/**
 * The least that rendered YAML costs to apply and to delete: kubectl, server-side, in as few calls as the API server
 * allows (definitions and namespaces before what needs them).
 */
export class KubectlApply {
  private constructor(
    private readonly kubectl: string,
    private readonly kubeconfigPath: string,
    private readonly definitions: readonly Rendered[],
    private readonly namespaces: readonly Rendered[],
    private readonly rest: readonly Rendered[],
  ) {}

  /** @param folder what `npm run render` wrote: a file per object. */
  static async of(folder: string, kubeconfigPath: string): Promise<KubectlApply> {
    const { kubectl } = await ensureTools(["kubectl"]);
    const all = readRendered(folder);
    const ofKind = (kind: string) => all.filter(({ object }) => object.kind === kind);
    const early = new Set([...ofKind("CustomResourceDefinition"), ...ofKind("Namespace")]);
    return new KubectlApply(
      kubectl,
      kubeconfigPath,
      ofKind("CustomResourceDefinition"),
      ofKind("Namespace"),
      all.filter((rendered) => !early.has(rendered)),
    );
  }

  get objects(): number {
    return this.definitions.length + this.namespaces.length + this.rest.length;
  }

  /** Applies everything and waits for its workloads, as an update of Pulumi does. */
  async apply(): Promise<void> {
    await this.run(["apply", "--server-side", ...files([...this.definitions, ...this.namespaces])]);
    const names = this.definitions.map(({ object }) => `customresourcedefinition/${object.metadata.name}`);
    if (names.length > 0) await this.run(["wait", "--for=condition=Established", ...names]);
    await this.run(["apply", "--server-side", ...files(this.rest)]);
    const workloads = this.rest.filter(({ object }) => ROLLED_OUT.includes(object.kind));
    for (const { object } of workloads) {
      const { name, namespace = "default" } = object.metadata;
      await this.run(["rollout", "status", `${object.kind.toLowerCase()}/${name}`, "--namespace", namespace]);
    }
  }

  /** Deletes everything and waits until it is gone, as a destroy of Pulumi does. */
  async remove(): Promise<void> {
    await this.run(["delete", ...files(this.rest)]);
    await this.run(["delete", ...files([...this.definitions, ...this.namespaces])]);
  }

  private run(args: readonly string[]): Promise<void> {
    const child = spawn(this.kubectl, [...kubectlAccess(this.kubeconfigPath), ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) =>
        code === 0 ? resolve() : reject(new Error(`kubectl ${args[0]} failed:\n${errors}`)),
      );
    });
  }
}

function readRendered(folder: string): Rendered[] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, object: parse(fs.readFileSync(file, "utf8")) }));
}

function files(rendered: readonly Rendered[]): string[] {
  return rendered.flatMap(({ file }) => ["--filename", file]);
}
