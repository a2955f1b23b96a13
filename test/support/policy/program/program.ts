import * as fs from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Names the file with what to register, a {@link Registered}. */
export const OBJECTS_FILE = "POLICY_TEST_OBJECTS";

/** Stands in a manifest for a value that a preview does not know. */
export const UNKNOWN_MARK = "$unknown";

export interface RegisteredObject {
  /** Types of the components around it, outermost first; its own are named by `group`. */
  parents?: string[];
  /** Tells the copies of one object apart. */
  group: string;
  manifest: { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };
  protect?: boolean;
}

/** A chart in a folder, with its own values. */
export interface RegisteredChart {
  name: string;
  folder: string;
  namespace: string;
}

export interface Registered {
  objects: readonly RegisteredObject[];
  charts: readonly RegisteredChart[];
}

class Group extends pulumi.ComponentResource {}

/** Of any kind, with the inputs as they are given. */
class KubernetesObject extends pulumi.CustomResource {}

/** Makes the objects as they are written, in render mode and so without a cluster. */
export function register(): void {
  const { objects, charts }: Registered = JSON.parse(fs.readFileSync(process.env[OBJECTS_FILE]!, "utf8"));
  const provider = new k8s.Provider("kubernetes", {
    renderYamlToDirectory: process.env["SECURITY_STACK_RENDER_DIRECTORY"]!,
  });
  for (const { name, folder, namespace } of charts)
    new k8s.helm.v4.Chart(name, { chart: folder, namespace }, { provider });
  const groups = new Map<string, pulumi.ComponentResource>();
  for (const { group, parents = ["security-stack:test:Group"], manifest, protect } of objects) {
    let parent: pulumi.ComponentResource | undefined;
    for (const [depth, type] of parents.entries()) {
      const key = `${group}/${parents.slice(0, depth + 1).join("/")}`;
      parent = groups.get(key) ?? new Group(type, `${group}-${depth}`, {}, parent ? { parent } : {});
      groups.set(key, parent);
    }
    const { apiVersion, kind, metadata } = manifest;
    const name = [group, kind.toLowerCase(), metadata.namespace, metadata.name].filter(Boolean).join("/");
    const opts = { parent, provider, protect };
    new KubernetesObject(typeOf(apiVersion, kind), name, withUnknowns(manifest) as pulumi.Inputs, opts);
  }
}

function typeOf(apiVersion: string, kind: string): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

function withUnknowns(value: unknown): unknown {
  if (value === UNKNOWN_MARK) return pulumi.unknown;
  if (Array.isArray(value)) return value.map(withUnknowns);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withUnknowns(entry)]));
}
