import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { AwsValue } from "../../../components/cluster/aws-resource";
import type { ClusterPlan } from "../../../components/cluster/cluster-plan";
import { plainText } from "./plain-text";
import type { Trouble } from "./trouble";

const run = promisify(execFile);

const TIMEOUT_MS = 30_000;

/** An add-on or a node group of a cluster, as the EKS API has it. */
export interface AwsPart {
  kind: "add-on" | "node group";
  name: string;
  /** The operation of `aws eks` that tells how it is. */
  describe: readonly string[];
}

/** As far as the watch looks at it: Addon and Nodegroup of the EKS API. */
export interface PartHealth {
  status: string;
  health?: { issues?: { code?: string; message?: string }[] };
}

/** How a part is; undefined where it is not there. It fails where AWS does not tell. */
export type AskHealth = (part: AwsPart) => Promise<PartHealth | undefined>;

/** The parts of a planned cluster whose health AWS tells, in the order in which they are made. */
export function partsOf({ clusterName, region, profile, resources }: ClusterPlan): AwsPart[] {
  const target = ["--region", region, ...(profile === undefined ? [] : ["--profile", profile])];
  const cluster = ["--cluster-name", clusterName, ...target];
  return resources.flatMap(({ type, args }): AwsPart[] => {
    if (type === "eks.Addon") {
      const name = textOf(args["addonName"]);
      return [{ kind: "add-on", name, describe: ["describe-addon", ...cluster, "--addon-name", name] }];
    }
    if (type !== "eks.NodeGroup") return [];
    const name = textOf(args["nodeGroupName"]);
    return [
      { kind: "node group", name, describe: ["describe-nodegroup", ...cluster, "--nodegroup-name", name] },
    ];
  });
}

function textOf(value: AwsValue): string {
  if (typeof value !== "string") throw new Error("a part of the cluster has no name in its plan");
  return value;
}

/** Asks by the AWS CLI, as the stack's kubeconfig does for tokens. */
export function askAws(env: NodeJS.ProcessEnv): AskHealth {
  return async ({ describe }) => {
    try {
      const args = ["eks", ...describe, "--output", "json"];
      const { stdout } = await run("aws", args, { env, timeout: TIMEOUT_MS });
      const { addon, nodegroup } = JSON.parse(stdout) as { addon?: PartHealth; nodegroup?: PartHealth };
      return addon ?? nodegroup;
    } catch (error) {
      const { stderr = "" } = error as { stderr?: string };
      if (stderr.includes("ResourceNotFoundException")) return undefined;
      throw error;
    }
  };
}

const OWN_PODS =
  "`kubectl --namespace kube-system get pods` shows its pods: it gets well by itself once they run. They need a node with room, and a way to the registry.";
const QUOTA =
  "Ask for more (`aws service-quotas request-service-quota-increase`), or take another `instanceType` or fewer nodes.";

/** What to do about a health issue, by its code (EKS API reference, AddonIssue and Issue). */
const FIXES: Readonly<Record<string, string>> = {
  InsufficientNumberOfReplicas: OWN_PODS,
  AdmissionRequestDenied:
    "A policy or webhook in the cluster refuses its objects: let the namespace kube-system pass.",
  ConfigurationConflict:
    "Somebody else owns fields that the add-on sets: remove what was changed by hand in the objects that it names.",
  UnsupportedAddonModification:
    "Take back what was changed by hand in its objects, or remove `eks.addons.versions` of it.",
  NodeCreationFailure:
    "The instances start and don't join: their subnets need a way to the API server and to the registries (NAT gateway, routes).",
  AsgInstanceLaunchFailures: QUOTA,
  InstanceLimitExceeded: QUOTA,
  LimitExceeded: QUOTA,
  InsufficientFreeAddresses: "The subnets are full: give the cluster larger ones, or fewer nodes.",
  Ec2InstanceTypeDoesNotExist: "Take an `instanceType` that the zones have.",
};

/** The provider takes what failed for made: the next update changes what differs, which is nothing. */
const AGAIN = (describe: readonly string[]) =>
  `Then have it made again: \`aws eks ${describe.join(" ").replace("describe", "delete")}\`, and once it is gone \`npm run up\` with \`--refresh\`.`;

/** What is wrong with a part; undefined where nothing is. */
export function partTrouble({ kind, name, describe }: AwsPart, { status, health }: PartHealth) {
  const [issue] = health?.issues ?? [];
  if (status === "DELETING" || (!issue && !/DEGRADED|FAILED/.test(status))) return undefined;
  const isFailed = status.endsWith("_FAILED");
  const reason = issue ? `: ${plainText(`${issue.code ?? ""}: ${issue.message ?? ""}`)}` : "";
  const trouble: Trouble = {
    key: `${kind} ${name}`,
    what: `${kind} ${name} is ${status}${reason.replace(/\.$/, "")}`,
    fix: [
      FIXES[issue?.code ?? ""] ?? `Mend what it names; all of it: \`aws eks ${describe.join(" ")}\`.`,
      ...(isFailed ? [AGAIN(describe)] : []),
    ].join(" "),
    // CoreDNS is degraded until its pods are ready.
    toldAfter: isFailed ? 0 : 60,
    hopelessAfter: undefined,
    of: [name],
  };
  return trouble;
}
