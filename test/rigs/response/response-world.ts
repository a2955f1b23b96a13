import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DENY_POLICY } from "../../../components/cilium/deny-policy";
import type { Action } from "../../../components/response/marks";
import { RECORD_PREFIX, REJOIN, RELEASED_BY } from "../../../components/response/marks";
import { actionId } from "../../../components/response/program/record";
import { ApiError, type KubeApi } from "../../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../../tools/dev/cluster/folders";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { RECORDS, ResponderRig } from "./responder-rig";

type Json = Record<string, unknown>;

export const SHOP = "shop";
export const PODS = `/api/v1/namespaces/${SHOP}/pods`;
export const POLICIES = `/apis/networking.k8s.io/v1/namespaces/${SHOP}/networkpolicies`;
export const CILIUM_POLICIES = `/apis/${DENY_POLICY.apiVersion}/namespaces/${SHOP}/${DENY_POLICY.plural}`;
export const RECORD_PATH = `/api/v1/namespaces/${RECORDS}/configmaps`;
/** Of the embedded cluster's kubeconfig. */
export const ADMIN = "security-stack-admin";

const rule = (action: string, mode: string) => ({ name: action, action, mode, match: { rules: ["Test"] } });

/** A config with one rule, and budgets that hold nothing back. */
export const config = (action: string, mode: string, more: Json = {}) => ({
  namespaces: [SHOP],
  budgets: { perHour: 1000, workloadPercent: 100 },
  rules: [rule(action, mode)],
  ...more,
});

/** All that rights are made for. */
const EVERYTHING = {
  ...config("quarantine", "enforce"),
  rules: [rule("quarantine", "enforce"), rule("evict", "enforce"), rule("annotate", "enforce")],
  approvers: [{ kind: "User", name: "alice" }],
};

export interface WorldPod {
  metadata: {
    name: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown[];
  };
  status?: { phase?: string };
}

const podSpec = { containers: [{ name: "main", image: "registry.invalid/none:1.0" }] };

/** A cluster with a responder, workloads in a namespace of it, and what is asked of them. */
export class ResponseWorld {
  readonly api: KubeApi;

  private constructor(
    readonly rig: ResponderRig,
    private readonly cluster: Cluster,
    private readonly directory: string,
  ) {
    this.api = rig.api;
  }

  /** @param hasCilium As if Cilium were the network. */
  static async create(name: string, hasCilium = false): Promise<ResponseWorld> {
    const directory = mkdtempSync(join(tmpdir(), `checkout-${name}-`));
    const cluster = await startCluster({ name, directory, ephemeral: true });
    const rig = await ResponderRig.create(cluster, EVERYTHING, hasCilium);
    const world = new ResponseWorld(rig, cluster, directory);
    await world.policiesHold();
    return world;
  }

  async destroy(): Promise<void> {
    await this.rig.destroy();
    await this.cluster.stop();
    rmSync(checkoutFolder(this.directory), { recursive: true, force: true });
    rmSync(this.directory, { recursive: true });
  }

  /** After a test: no faults, and no responder. */
  async calm(failed: boolean): Promise<void> {
    const { rig } = this;
    if (failed) process.stderr.write(rig.process.log().slice(-4000));
    Object.assign(rig.gate, { before: () => {}, after: () => {}, isAway: false });
    rig.audit.isAway = false;
    await rig.process.end();
  }

  async deployment(name: string, replicas: number): Promise<WorldPod[]> {
    await this.api.create(`/apis/apps/v1/namespaces/${SHOP}/deployments`, {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: podSpec },
      },
    });
    return waitUntil(`${replicas} pods of ${name}`, () => this.podsOf(name, replicas));
  }

  /** Running pods that have a controller, once there are so many. */
  async podsOf(name: string, count: number): Promise<WorldPod[] | false> {
    const { items } = await this.api.get<{ items: WorldPod[] }>(`${PODS}?labelSelector=app=${name}`);
    const running = items.filter((pod) => pod.metadata.ownerReferences && pod.status?.phase === "Running");
    return running.length === count && running;
  }

  async barePod(name: string, labels: Json = { app: name }): Promise<WorldPod> {
    await this.api.create(PODS, { metadata: { name, labels }, spec: podSpec });
    return waitUntil(`${name} to run`, async () => {
      const pod = await this.read(name);
      return pod.status?.phase === "Running" && pod;
    });
  }

  read(name: string): Promise<WorldPod> {
    return this.api.get<WorldPod>(`${PODS}/${name}`);
  }

  async policyNames(path = POLICIES): Promise<string[]> {
    const { items } = await this.api.get<{ items: WorldPod[] }>(path);
    return items.map(({ metadata }) => metadata.name);
  }

  /** What is in the audit index of a pod, in the order in which it came. */
  verdictsOf({ metadata }: WorldPod): string[] {
    return this.rig.audit.of(metadata.uid).map(({ event }) => event.action);
  }

  reasonsOf({ metadata }: WorldPod): (string | undefined)[] {
    return this.rig.audit.of(metadata.uid).map(({ response }) => response["reason"]);
  }

  /** Of the action's ConfigMap. */
  recordPath({ metadata }: WorldPod, action: Action): string {
    return `${RECORD_PATH}/${RECORD_PREFIX}${actionId(metadata.uid, action, undefined)}`;
  }

  /** @returns how many findings came to which verdict */
  async post(...pods: Parameters<ResponderRig["post"]>[0]): Promise<Json> {
    const { status, body } = await this.rig.post(pods);
    assert.equal(status, 200, body);
    return JSON.parse(body) as Json;
  }

  async askRelease(pod: WorldPod, rejoins = false): Promise<void> {
    const annotations = { [RELEASED_BY]: ADMIN, ...(rejoins ? { [REJOIN]: "true" } : {}) };
    await this.api.patch(this.recordPath(pod, "quarantine"), { metadata: { annotations } });
  }

  async release(pod: WorldPod, rejoins = false): Promise<void> {
    await this.askRelease(pod, rejoins);
    await waitUntil("the release", async () => this.verdictsOf(pod).includes("released"));
  }

  /** Until the API server has seen both policies: of several that refuse it names one. */
  private async policiesHold(): Promise<void> {
    const asResponder = this.rig.responder();
    const probes: [api: KubeApi, path: string, body: object, policy: RegExp][] = [
      [this.api, RECORD_PATH, { metadata: { name: `${RECORD_PREFIX}probe` } }, /response-approval/],
      [asResponder, RECORD_PATH, { metadata: { name: "probe" } }, /response-reach/],
    ];
    for (const [api, path, body, policy] of probes)
      await waitUntil(`${policy} to hold`, async () => {
        try {
          await api.create(`${path}?dryRun=All`, body);
          return false;
        } catch (error) {
          if (error instanceof ApiError && policy.test(error.message)) return true;
          throw error;
        }
      });
    await asResponder.close();
  }
}

/** As an alert names it. */
export function found({ metadata: { name, uid } }: WorldPod, more: { seen?: number } = {}) {
  return { namespace: SHOP, name, uid, ...more };
}

/** What of a pod nothing but a response changes. */
export function lasting({ metadata: { labels, annotations, ownerReferences } }: WorldPod): object {
  return { labels, annotations, ownerReferences };
}
