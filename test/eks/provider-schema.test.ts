import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import {
  type AwsResource,
  type AwsValue,
  isAddonVersion,
  isReference,
} from "../../components/cluster/aws-resource";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { clusterPlan, PLANS } from "../support/eks/eks-config";
import { SdkTypes } from "../support/eks/sdk-types";

const SDK = path.join(__dirname, "..", "..", "node_modules", "@pulumi", "aws");

/** What the test provider says of itself, as far as this reads it. */
interface PackageSchema {
  resources: Record<string, { inputProperties: Record<string, Property> }>;
  types: Record<string, { properties: Record<string, Property> }>;
}

interface Property {
  type?: string;
  $ref?: string;
  items?: Property;
  additionalProperties?: Property;
}

/** Paths of all properties in arguments: "vpcConfig.subnetIds". Lists and maps of text have no further parts. */
function pathsOf(value: AwsValue, below: string[]): string[][] {
  if (value === undefined || typeof value !== "object" || isReference(value) || isAddonVersion(value))
    return [below];
  if (Array.isArray(value)) return value.length === 0 ? [below] : value.flatMap((one) => pathsOf(one, below));
  const entries = Object.entries(value);
  return entries.length === 0 ? [below] : entries.flatMap(([key, part]) => pathsOf(part, [...below, key]));
}

function usedPaths(): Map<AwsResource["type"], Set<string>> {
  const used = new Map<AwsResource["type"], Set<string>>();
  for (const [, changes] of PLANS)
    for (const { type, args } of clusterPlan(changes).resources) {
      const paths = used.get(type) ?? new Set();
      for (const found of pathsOf(args, [])) paths.add(JSON.stringify(found));
      used.set(type, paths);
    }
  return used;
}

/** Whether the provider's schema has the property at a path. */
function inSchema(
  { types }: PackageSchema,
  properties: Record<string, Property>,
  parts: readonly string[],
): boolean {
  const [name = "", ...rest] = parts;
  const property = properties[name];
  if (!property) return false;
  if (rest.length === 0) return true;
  const inner = property.items ?? property;
  if (inner.additionalProperties) return rest.length === 1;
  const nested = types[inner.$ref?.replace("#/types/", "").replaceAll("%2F", "/") ?? ""];
  return nested !== undefined && inSchema({ types, resources: {} }, nested.properties, rest);
}

describe("the test provider of AWS", function () {
  this.timeout(120_000);
  let schema: PackageSchema;

  before(async () => {
    const tools = await ensureTools(["pulumi-resource-aws"]);
    const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
    schema = JSON.parse(execFileSync(tools["pulumi-resource-aws"], ["--schema"], options)) as PackageSchema;
  });

  it("and the types of @pulumi/aws both know every property that a plan sets", () => {
    const used = usedPaths();
    const sdk = new SdkTypes(SDK, [...used.keys()]);
    const unknown: string[] = [];
    let checked = 0;
    for (const [type, paths] of used) {
      const [module = "", name = ""] = type.split(".");
      const token = `aws:${module}/${name[0]?.toLowerCase()}${name.slice(1)}:${name}`;
      const { inputProperties } = schema.resources[token] ?? assert.fail(`no ${token}`);
      for (const written of paths) {
        checked++;
        const parts = JSON.parse(written) as string[];
        if (!inSchema(schema, inputProperties, parts)) unknown.push(`provider: ${type} ${written}`);
        if (!sdk.has(type, parts)) unknown.push(`SDK: ${type} ${written}`);
      }
    }
    assert.deepEqual(unknown, []);
    assert.ok(checked > 80, String(checked));
  });

  it("tells a property that neither knows", () => {
    const sdk = new SdkTypes(SDK, ["eks.Cluster"]);
    const { inputProperties } = schema.resources["aws:eks/cluster:Cluster"] ?? assert.fail();
    for (const parts of [["nope"], ["vpcConfig", "nope"]]) {
      assert.ok(!inSchema(schema, inputProperties, parts));
      assert.ok(!sdk.has("eks.Cluster", parts));
    }
  });
});
