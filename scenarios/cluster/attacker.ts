import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Attacker } from "../check/run";
import type { Answer, StepResult } from "../check/step-result";
import { namespaceOf } from "../model/names";
import type { CreateStep, ExecStep, RequestStep, Scenario, Step } from "../model/scenario-schema";
import { type ClusterApi, messageIn } from "./api";
import { createPod, waitUntilReady } from "./environment";
import { execute } from "./exec";
import { Requests } from "./requests";
import type { Manifest } from "./surroundings";
import { implantManifest } from "./test-pods";

/** Carries steps out in the pods of a cluster, and on its API. */
export class ClusterAttacker implements Attacker {
  private readonly requests: Requests;

  constructor(
    private readonly api: ClusterApi,
    private readonly config: KubeConfig,
    private readonly run: string,
    private readonly registry?: string,
  ) {
    this.requests = new Requests(config);
  }

  evidenceOf(): "live" {
    return "live";
  }

  async carryOut(scenario: Scenario, signal?: AbortSignal): Promise<StepResult[]> {
    const attack = await this.each(scenario.steps, signal);
    // Also after half of an attack: what it made is not left.
    const cleanup = await this.each(scenario.cleanup, signal);
    return [...attack, ...cleanup];
  }

  /** One after the other, until one is not possible. */
  private async each(steps: readonly Step[], signal?: AbortSignal): Promise<StepResult[]> {
    const results: StepResult[] = [];
    for (const step of steps) {
      const startedAt = new Date().toISOString();
      const outcome = await this.step(step, signal).catch((error: Error) => ({
        ok: false,
        detail: error.message,
      }));
      signal?.throwIfAborted();
      results.push({ what: describe(step), startedAt, ...outcome });
      if (!outcome.ok) break;
    }
    return results;
  }

  private step(step: Step, signal?: AbortSignal): Promise<Outcome> {
    if (step.do === "exec") return this.exec(step, signal);
    if (step.do === "create") return this.create(step, signal);
    if (step.do === "request") return this.request(step, signal);
    return sleep(step.seconds * 1000, { ok: true, detail: "" }, { signal });
  }

  private async exec(step: ExecStep, signal?: AbortSignal): Promise<{ ok: boolean; detail: string }> {
    const { pod, tty, seconds, exitCodes } = step;
    const command = await Promise.all(step.command.map((word) => this.withAddresses(word)));
    const { exitCode, output } = await execute(this.config, {
      ...{ namespace: namespaceOf(pod), pod, command, tty, seconds, signal },
    });
    return {
      ok: exitCodes.includes(exitCode),
      detail: `exit code ${exitCode}: ${output.trim().slice(0, 500)}`,
    };
  }

  private async request(step: RequestStep, signal?: AbortSignal): Promise<Outcome> {
    const { status, body } = await this.requests.carryOut(step, signal);
    const answer = step.refusedBy && answerTo(step.refusedBy, status, messageIn(body));
    const ok = step.refusedBy ? answer !== undefined : step.statuses.includes(status);
    // An answer may have a token in it; a refusal has the API server's words.
    return {
      ok,
      detail: ok && status < 300 ? String(status) : `${status}: ${messageIn(body).slice(0, 500)}`,
      ...(answer ? { answer } : {}),
    };
  }

  /** The word with the addresses of the pods that it names, as they are written in a URL. */
  private async withAddresses(word: string): Promise<string> {
    const name = ADDRESS.exec(word)?.[1];
    if (name === undefined) return word;
    const ip = (await this.api.readPod(name, namespaceOf(name)))?.status?.podIP;
    if (!ip) throw new Error(`the pod ${name} has no address`);
    return word.replaceAll(`{address of ${name}}`, ip.includes(":") ? `[${ip}]` : ip);
  }

  private async create(
    { pod, command }: CreateStep,
    signal?: AbortSignal,
  ): Promise<{ ok: boolean; detail: string }> {
    const manifest = implantManifest(pod, command, this.run, this.registry) as Manifest;
    await createPod(this.api, manifest);
    await waitUntilReady(this.api, manifest, 60, signal);
    return { ok: true, detail: "running" };
  }
}

type Outcome = Pick<StepResult, "ok" | "detail" | "answer">;

/**
 * What became of a request that one of the policies has to refuse; undefined where something else kept it from being made,
 * such as a right that the user lacks or another policy, which says nothing of this one.
 */
function answerTo(policies: readonly string[], status: number, message: string): Answer | undefined {
  if (status < 300) return "let through";
  // Of a path that no kind has; of a namespace that is not there it says so (apiserver, "404 page not found").
  if (status === 404 && message.startsWith("404 page not found")) return "no such kind";
  // A policy of the API server in quotes; a constraint of Gatekeeper in brackets, with the stage where that is a namespace's own.
  const named = (name: string) =>
    [`'${name}'`, `[${name}]`, `[${name}-deny]`].some((text) => message.includes(text));
  return policies.some(named) ? "refused" : undefined;
}

const ADDRESS = /\{address of ([a-z0-9-]+)\}/;

function describe(step: Step): string {
  if (step.do === "wait") return `wait ${step.seconds} s`;
  if (step.do === "request") {
    const { method, path, as, times } = step;
    return `${method} ${path}${as === "user" ? "" : ` as ${as}`}${times > 1 ? `, ${times} times` : ""}`;
  }
  const command = step.command.join(" ");
  return step.do === "create" ? `create pod ${step.pod}: ${command}` : `exec in ${step.pod}: ${command}`;
}
