import { randomUUID } from "node:crypto";

/** AWS's answer to a request that it refuses. */
export class AwsRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const notFound = (what: string) => new AwsRefusal(404, "ResourceNotFoundException", `No ${what}.`);
export const invalid = (why: string) => new AwsRefusal(400, "InvalidParameterException", why);
export const badRequest = (why: string) => new AwsRefusal(400, "InvalidRequestException", why);
export const inUse = (why: string) => new AwsRefusal(409, "ResourceInUseException", why);

/** What has a status that changes by itself after a while. */
export interface Timed {
  status: string;
  /** What it becomes, and when; "GONE" removes it. */
  next?: { at: number; status: string };
}

export interface Update extends Timed {
  id: string;
  type: string;
  params: { type: string; value: string }[];
  createdAt: number;
}

export interface NodeGroup extends Timed {
  fields: Record<string, unknown> & { version: string; nodegroupName: string };
  issues: { code: string; message: string }[];
  updates: Update[];
}

export interface Addon extends Timed {
  fields: Record<string, unknown> & { addonName: string; addonVersion: string };
  issues: { code: string; message: string }[];
  updates: Update[];
}

export interface AccessEntry {
  fields: Record<string, unknown> & { principalArn: string; kubernetesGroups: string[]; username: string };
  policies: { policyArn: string; accessScope: unknown; associatedAt: number; modifiedAt: number }[];
}

export interface PodIdentity {
  fields: Record<string, unknown> & { associationId: string };
}

export interface Cluster extends Timed {
  fields: Record<string, unknown> & { name: string; arn: string; version: string };
  nodeGroups: Map<string, NodeGroup>;
  addons: Map<string, Addon>;
  accessEntries: Map<string, AccessEntry>;
  podIdentities: Map<string, PodIdentity>;
  updates: Update[];
}

/** What the EKS of one account and region holds. */
export class Account {
  readonly clusters = new Map<string, Cluster>();

  /** @param changeMs How long a change takes: CREATING, UPDATING, DELETING. */
  constructor(
    readonly region: string,
    readonly accountId: string,
    readonly changeMs: number,
  ) {}

  cluster(name: unknown): Cluster {
    const found = this.clusters.get(String(name));
    if (!found) throw notFound(`cluster found for name: ${String(name)}`);
    return found;
  }

  /** A cluster that takes changes; AWS refuses them while another is under way. */
  activeCluster(name: unknown): Cluster {
    const cluster = this.cluster(name);
    if (cluster.status !== "ACTIVE") throw inUse(`Cluster ${String(name)} is ${cluster.status}, not ACTIVE.`);
    return cluster;
  }

  arn(kind: string, path: string): string {
    return `arn:aws:eks:${this.region}:${this.accountId}:${kind}/${path}`;
  }

  /** From now on in one status, and after the time of a change in the next. */
  change(target: Timed, now: string, later: string): void {
    target.status = now;
    target.next = { at: Date.now() + this.changeMs, status: later };
  }

  /** Records a change of something as an update that is done with it. */
  update(target: Timed & { updates: Update[] }, type: string, params: Record<string, string>): Update {
    const update: Update = {
      id: randomUUID(),
      type,
      params: Object.entries(params).map(([kind, value]) => ({ type: kind, value })),
      createdAt: now(),
      status: "InProgress",
    };
    this.change(update, "InProgress", "Successful");
    this.change(target, "UPDATING", "ACTIVE");
    target.updates.push(update);
    return update;
  }

  /** Lets time pass for everything; called before each answer. */
  settle(): void {
    for (const [name, cluster] of this.clusters) {
      if (settled(cluster) === "GONE") this.clusters.delete(name);
      for (const update of cluster.updates) settled(update);
      settleAll(cluster.nodeGroups);
      settleAll(cluster.addons);
      degradeWithoutNodes(cluster);
    }
  }
}

function settleAll(parts: Map<string, NodeGroup | Addon>): void {
  for (const [name, part] of parts) {
    if (settled(part) === "GONE") parts.delete(name);
    for (const update of part.updates) settled(update);
  }
}

function settled(target: Timed): string {
  if (target.next && target.next.at <= Date.now()) {
    target.status = target.next.status;
    delete target.next;
  }
  return target.status;
}

/** Add-ons that are Deployments have nowhere to run without nodes (EKS user guide, add-on health issue InsufficientNumberOfReplicas). */
const NEEDS_NODES = ["coredns", "aws-ebs-csi-driver"];

function degradeWithoutNodes(cluster: Cluster): void {
  const hasNodes = [...cluster.nodeGroups.values()].some(
    ({ status }) => status === "ACTIVE" || status === "UPDATING",
  );
  for (const addon of cluster.addons.values()) {
    if (!NEEDS_NODES.includes(addon.fields.addonName)) continue;
    const waits = addon.issues.some(({ code }) => code === "InsufficientNumberOfReplicas");
    if (!hasNodes && addon.status === "ACTIVE") {
      addon.status = "DEGRADED";
      addon.issues = [
        { code: "InsufficientNumberOfReplicas", message: "The add-on has no replica that is ready." },
      ];
    } else if (hasNodes && addon.status === "DEGRADED" && waits) {
      addon.status = "ACTIVE";
      addon.issues = [];
    }
  }
}

/** As the API writes times: seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
