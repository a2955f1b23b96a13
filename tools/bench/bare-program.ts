import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import type { ExportedState, LocalStack, StateResource } from "../dev/engine/local-stack";

const ROOT = path.join(__dirname, "..", "..");

/** A program that registers this many ConfigMaps and nothing else: the least that a preview of as many objects costs. */
export function writeBareProgram(configMaps: number): string {
  return writeProgram(`import * as k8s from "@pulumi/kubernetes";
const provider = new k8s.Provider("kubernetes", {});
for (let i = 0; i < ${configMaps}; i++)
  new k8s.core.v1.ConfigMap(\`bare-\${i}\`, { metadata: { name: \`bare-\${i}\`, namespace: "default" }, data: { i: String(i) } }, { provider });
`);
}

/**
 * A program that registers objects, each as a raw resource of the SDK: no component, no chart, no config, no plan. It has
 * none at first: `giveObjects` gives it those of another stack.
 */
export function writeRawProgram(): string {
  const folder = writeProgram(RAW_PROGRAM);
  writeObjects(folder, []);
  return folder;
}

/**
 * Has a raw program register these very objects of another stack's state (with its secrets in clear), and its stack know
 * them as made. Nothing is written to the cluster: there webhooks would have to answer, and objects would have two managers.
 * The folder holds the secrets from then on: remove it after use.
 * @param stack the program's, after an update without objects
 */
export async function giveObjects(
  stack: LocalStack,
  folder: string,
  resources: readonly StateResource[],
): Promise<void> {
  const own = resources.map(({ inputs = {}, ...resource }) => ({
    ...resource,
    inputs: Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__"))),
  }));
  writeObjects(
    folder,
    own.map(({ type, urn, inputs }) => ({ type, name: nameIn(urn), inputs })),
  );
  await stack.importState(withObjects(await stack.state({ secretsInClear: true }), own));
}

/** A stack's state with further resources of its own, in place of those of the stack that they are from. */
function withObjects(state: ExportedState, resources: readonly StateResource[]): ExportedState {
  const { resources: made = [], ...deployment } = state.deployment;
  const ofType = (type: string) => made.find((one) => one.type === type)!;
  const parent = ofType("pulumi:pulumi:Stack").urn;
  const provider = ofType("pulumi:providers:kubernetes");
  const [project] = parent.split("::pulumi:pulumi:Stack::");
  const added = resources.map(({ type, urn: elsewhere, id, inputs, outputs }) => ({
    ...{ urn: `${project}::${type}::${nameIn(elsewhere)}`, custom: true, type, id, inputs, outputs },
    ...{ parent, provider: `${provider.urn}::${provider.id}` },
  }));
  return { ...state, deployment: { ...deployment, resources: [...made, ...added] } };
}

function nameIn(urn: string): string {
  return urn.split("::").at(-1)!;
}

function writeObjects(folder: string, objects: readonly object[]): void {
  fs.writeFileSync(path.join(folder, "objects.json"), JSON.stringify(objects), { mode: 0o600 });
}

/**
 * A program that makes the resources of AWS that a plan of a cluster has, one by one, and logs in to the cluster for its
 * StorageClass as the EKS user guide's kubeconfig does: no component, no config, no plan.
 */
export function writeRawCluster(plan: ClusterPlan): string {
  const folder = writeProgram(RAW_CLUSTER);
  fs.writeFileSync(path.join(folder, "cluster.json"), JSON.stringify(plan));
  return folder;
}

const RAW_CLUSTER = `import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
const { region, accountId, clusterName, tags, resources, keepVolumes } = require("./cluster.json");
const provider = new aws.Provider("aws", { region, allowedAccountIds: [accountId], defaultTags: { tags } });
const made: Record<string, any> = {};
const valueOf = (value: any): any => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(valueOf);
  if (value.kind === "of") {
    const found = made[value.resource][value.property];
    return value.property === "latestVersion" ? found.apply(String) : found;
  }
  if (value.kind === "addon-version")
    return aws.eks.getAddonVersionOutput(
      { addonName: value.addon, kubernetesVersion: made["cluster"].version, mostRecent: value.newest },
      { provider },
    ).version;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, valueOf(part)]));
};
for (const { name, type, args, after = [], ignoreChanges } of resources) {
  const [module, kind] = type.split(".");
  const dependsOn = after.map((needed: string) => made[needed]);
  made[name] = new (aws as any)[module][kind](name, valueOf(args), { provider, dependsOn, ignoreChanges });
}
const { endpoint, certificateAuthority } = made["cluster"];
const args = ["--region", region, "eks", "get-token", "--cluster-name", clusterName, "--output", "json"];
const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws", args, interactiveMode: "Never" };
const kubeconfig = pulumi.all([endpoint, certificateAuthority]).apply(([server, { data }]) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "bare",
    clusters: [{ name: "bare", cluster: { server, "certificate-authority-data": data } }],
    users: [{ name: "bare", user: { exec } }],
    contexts: [{ name: "bare", context: { cluster: "bare", user: "bare" } }],
  }),
);
new k8s.storage.v1.StorageClass(
  "gp3",
  {
    metadata: { name: "gp3-bare" },
    provisioner: "ebs.csi.aws.com",
    parameters: { type: "gp3", encrypted: "true" },
    reclaimPolicy: keepVolumes ? "Retain" : "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  },
  {
    provider: new k8s.Provider("kubernetes", { kubeconfig }, { dependsOn: Object.values(made) }),
  },
);
`;

// "kubernetes:apps/v1:DaemonSet" is k8s.apps.v1.DaemonSet; what the SDK has no class for is a custom resource.
const RAW_PROGRAM = `import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
const provider = new k8s.Provider("kubernetes", { enableConfigMapMutable: true, enableSecretMutable: true });
const reveal = (value: any) => (typeof value?.plaintext === "string" ? pulumi.secret(JSON.parse(value.plaintext)) : value);
for (const { type, name, inputs } of require("./objects.json")) {
  const [, groupVersion, kind] = type.split(":");
  const [group, version] = groupVersion.split("/");
  const Resource = (k8s as any)[group.split(".")[0]]?.[version]?.[kind] ?? k8s.apiextensions.CustomResource;
  const args = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, reveal(value)]));
  new Resource(name, args, { provider });
}
`;

function writeProgram(program: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bare-"));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  // The fastest that ts-node, with which Pulumi runs a program, can compile: nothing checks types, and swc compiles.
  const tsconfig = {
    extends: path.join(ROOT, "tsconfig.json"),
    "ts-node": { swc: true },
    include: ["index.ts"],
  };
  write("tsconfig.json", JSON.stringify(tsconfig));
  fs.copyFileSync(path.join(ROOT, "package.json"), path.join(folder, "package.json"));
  write("Pulumi.yaml", "name: bare\nmain: index.ts\nruntime: nodejs\n");
  write("Pulumi.dev.yaml", "config: {}\n");
  write("index.ts", program);
  return folder;
}
