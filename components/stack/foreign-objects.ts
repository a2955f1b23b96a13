import * as pulumi from "@pulumi/pulumi";
import type { Adopted } from "../core/config/envelope-schema";
import { shownError } from "../core/config/shown-error";
import type { Feature } from "../core/contract/feature";
import { type Plan, plannedObjects } from "../core/plan/plan";
import {
  ClusterObjects,
  type ForeignObject,
  type ListObjects,
  type ObjectName,
} from "../kubernetes/cluster-objects";
import { apiServerAt, getWhenFree, REQUEST_MS, reasonOf } from "../node-program/api-server";
import { HttpClient } from "../node-program/http-client";
import { goingWith, lossOf } from "./kinds-in-use";

/** What keeps the stack's hands off what is not its own. */
export interface Guard {
  /**
   * Refuses all objects of the plan that exist and are somebody else's. The Kubernetes provider would take them over
   * without a word: it writes by server-side apply, and deletes with the stack what it wrote.
   * @throws with all of them
   */
  checkPlan(plan: Plan): Promise<void>;
  /**
   * Refuses to let a kind go that the plan does not have any more while it has objects of somebody else: they would be
   * deleted with it.
   * @throws with all of them
   */
  checkKinds(plan: Plan, registry: readonly Feature[]): Promise<void>;
  /**
   * Takes over what is adopted, and looks at each object that is not of the plan as it is registered: those of charts and
   * what is made beside the plan. Call `checkPlan` before.
   */
  readonly transformation: pulumi.ResourceTransformation;
}

/** How the guard speaks, and ends the program. */
export interface GuardVoice {
  warn(line: string): void;
  /** Shows the message as an error and ends the program at once; never resolves. */
  fail(message: string): Promise<never>;
}

/**
 * Looks at a cluster. Where it can't be reached, `warn` is told and nothing is refused, since nothing can be written.
 * @param kubeconfig Its text, where it is not the one in use.
 */
export function guardCluster(
  context: string | undefined,
  adopted: readonly Adopted[],
  voice: GuardVoice,
  kubeconfig?: string,
): Guard {
  const objects = new ClusterObjects(lister(() => connect(context, kubeconfig), voice.warn));
  const registrations = new Registrations(objects, voice.fail);
  const planned = new Set<string>();
  const transform: pulumi.ResourceTransform = async ({ custom, type, props, opts }) => {
    if (!custom || !isOfKubernetes(type) || !isObject(props)) return undefined;
    const adoption = adoptionOf(props, adopted);
    if (adoption) return takenOver({ props, opts }, adoption);
    await registrations.check(props);
    return undefined;
  };
  return {
    checkPlan: async (plan) => {
      const wanted = plannedObjects(plan);
      const found = await Promise.all(
        wanted.map(async (object) => (adoptionOf(object, adopted) ? undefined : objects.foreign(object))),
      );
      const foreign = found.filter((one) => one !== undefined);
      if (foreign.length > 0) throw shownError(refusal(foreign));
      for (const object of wanted) planned.add(keyOf(object));
    },
    checkKinds: async (plan, registry) => {
      const found = await Promise.all(
        registry.map(async (feature) => ({ feature, titles: await goingWith(feature, plan, objects) })),
      );
      const losses = found.filter(({ titles }) => titles.length > 0);
      if (losses.length > 0) throw shownError(losses.map(lossOf).join("\n"));
    },
    transformation: ({ type, props, opts }) => {
      if (!isOfKubernetes(type)) return undefined;
      if (isObject(props)) {
        const adoption = adoptionOf(props, adopted);
        if (adoption) return takenOver({ props, opts }, adoption);
        if (planned.has(keyOf(props))) return undefined;
      }
      // A transform is a call of the engine's for the object and each that is below it, with all that it holds, there and
      // back: for all objects of a stack that was a tenth of its preview.
      return { props, opts: { ...opts, transforms: [...(opts.transforms ?? []), transform] } };
    },
  };
}

const isOfKubernetes = (type: string): boolean => type.startsWith("kubernetes:");

function keyOf({ kind, metadata }: ObjectName): string {
  return [kind, metadata.namespace ?? "", metadata.name].join("/");
}

/**
 * Objects that are looked at as they are registered, many at once. An error thrown in a transform would not do: it comes
 * back out of the engine as that of the registration, and the SDK has every Output that depends on it, each in turn,
 * formatted with all that hangs on it (@pulumi/pulumi 3.248, cmd/run/run.ts: uncaughtHandler), for a minute and more.
 */
class Registrations {
  private underWay = 0;
  private readonly found: ForeignObject[] = [];

  constructor(
    private readonly objects: ClusterObjects,
    private readonly fail: GuardVoice["fail"],
  ) {}

  /** Resolves where the object may be registered. Once one may not, none does, and the last to be looked at ends it all. */
  async check(object: ObjectName): Promise<void> {
    this.underWay += 1;
    const foreign = await this.objects.foreign(object).catch((error: Error) => this.fail(error.message));
    this.underWay -= 1;
    if (foreign) this.found.push(foreign);
    if (this.found.length === 0) return;
    if (this.underWay === 0) await this.fail(refusal(this.found));
    await new Promise<never>(() => {});
  }
}

function refusal(foreign: readonly ForeignObject[]): string {
  const titles = [...new Map(foreign.map((one) => [one.title, one])).values()];
  return [
    "These objects exist in the cluster and are not this stack's; nothing was changed:",
    ...titles.map(({ title, madeBy }) => `- ${title}${madeBy ? `, made by ${madeBy}` : ""}`),
    "Use other names (global.namespace, global.restrictedNamespace, the Secrets' names), or remove what nobody needs. To have the stack take one over, list it in global.adopt, and say there in `onDelete` whether the stack deletes it with all else or it is kept.",
  ].join("\n");
}

function adoptionOf({ kind, metadata }: ObjectName, adopted: readonly Adopted[]): Adopted | undefined {
  return adopted.find(
    (one) => one.kind === kind && one.name === metadata.name && one.namespace === metadata.namespace,
  );
}

/** Fields that somebody else wrote become the stack's (pulumi.com: Kubernetes, server-side apply: patchForce). */
function takenOver<Opts extends pulumi.ResourceOptions>(
  { props, opts }: { props: ObjectName; opts: Opts },
  { onDelete }: Adopted,
) {
  const { annotations } = props.metadata as { annotations?: Record<string, string> };
  const forced = { ...annotations, "pulumi.com/patchForce": "true" };
  const metadata = { ...props.metadata, annotations: forced };
  return { props: { ...props, metadata }, opts: { ...opts, retainOnDelete: onDelete === "keep" } };
}

function isObject(props: unknown): props is ObjectName {
  const { apiVersion, kind, metadata } = props as Partial<ObjectName>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
}

/** Of one list: metadata of tens of thousands of objects. */
const MOST_BYTES = 256 * 1024 * 1024;

const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Lists of the API server, as long as it answers. */
function lister(open: () => Promise<HttpClient>, warn: (line: string) => void): ListObjects {
  const away = new Set<string>();
  let connecting: Promise<HttpClient> | undefined;
  const ask = async (path: string) => {
    connecting ??= open();
    return getWhenFree(await connecting, path);
  };
  return async (path) => {
    const answer = await ask(path).catch((error: unknown) => {
      if (pulumi.RunError.isInstance(error)) throw error;
      const reason = reasonOf(error);
      if (!away.has(reason)) warn(`Whether there are objects of others in the way is not known: ${reason}.`);
      away.add(reason);
      return undefined;
    });
    if (answer === undefined || answer.status === 404) return undefined;
    if (answer.status !== 200)
      throw shownError(
        `The API server answered ${answer.status} to a list of ${path}: without it what is there of others would be written over. ${fixOf(answer.status)}`,
      );
    return JSON.parse(answer.body).items;
  };
}

function fixOf(status: number): string {
  return status === 429 || status >= 500
    ? "Run the command again when it has less to do."
    : "The kubeconfig's user needs to list what the stack makes.";
}

/** Its connections are kept for all that is looked up; idle ones do not hold the program up. */
async function connect(context: string | undefined, kubeconfig: string | undefined): Promise<HttpClient> {
  const target = await apiServerAt(context, kubeconfig);
  const headers = { ...target.headers, accept: METADATA_ONLY };
  try {
    return new HttpClient({ ...target, headers }, { timeoutMs: REQUEST_MS, maxAnswerBytes: MOST_BYTES });
  } catch (error) {
    // The provider would write to such a server all the same.
    throw shownError(`The kubeconfig's API server is not looked at: ${(error as Error).message}.`);
  }
}
