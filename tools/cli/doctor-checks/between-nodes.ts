import type { ConfiguredFeature } from "../../../components/core/config/configured-feature";
import type { BetweenNodes } from "../../../components/core/contract/doctor-facts";
import { HttpClient } from "../../../components/node-program/http-client";
import { type Check, ok, warn } from "./finding";
import { listOrNothing } from "./list-or-nothing";
import type { Target } from "./target";

interface Agent {
  metadata: { name: string; namespace: string };
  spec: { nodeName?: string };
  status?: { phase?: string };
}

const PATIENCE_MS = 15_000;
/** Nodes that a sentence names. */
const NAMED = 10;

/** What agents of the stack's features say of the way from node to node, asked through the API server; nothing is written. */
export async function checkBetweenNodes(
  target: Pick<Target, "api" | "http">,
  features: readonly ConfiguredFeature[],
): Promise<Check[]> {
  const checks = await Promise.all(
    features.map(async ({ feature: { title, doctor }, bound }) => {
      const wanted = doctor?.betweenNodes?.wanted(bound?.config);
      if (!doctor?.betweenNodes || wanted === undefined) return [];
      return checkWay(target, doctor.betweenNodes, `between nodes, for ${title}`, wanted);
    }),
  );
  return checks.flat();
}

async function checkWay(
  { api, http }: Pick<Target, "api" | "http">,
  probes: BetweenNodes,
  name: string,
  wanted: string,
): Promise<Check[]> {
  const path = `/api/v1/pods?labelSelector=${encodeURIComponent(probes.agents)}`;
  const pods = await listOrNothing<Agent>(api, path);
  if (!pods)
    return [
      warn(name, "Pods may not be listed, so no agent could be asked.", "Ask for the right to list pods."),
    ];
  const agents = pods.filter(({ status }) => status?.phase === "Running");
  if (agents.length === 0) return [ok(name, `${wanted} has to be open; no agent runs yet that could look.`)];
  const client = new HttpClient(http, { timeoutMs: PATIENCE_MS });
  try {
    const answers = await Promise.all(
      agents.map(async (agent) => ({
        node: agent.spec.nodeName ?? agent.metadata.name,
        notReached: probes.notReached(await metricsOf(client, agent, probes.metricsPort)),
      })),
    );
    return verdicts(answers, name, wanted, probes.fix);
  } finally {
    await client.close();
  }
}

/** Empty where they can't be had: the agent may keep none, and who asks may lack the right to pods/proxy. */
async function metricsOf(client: HttpClient, { metadata }: Agent, port: number): Promise<string> {
  const { namespace, name } = metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/metrics`;
  try {
    const { status, body } = await client.request({ method: "GET", path });
    return status === 200 ? body : "";
  } catch {
    return "";
  }
}

function verdicts(
  answers: readonly { node: string; notReached: number | undefined }[],
  name: string,
  wanted: string,
  fix: string,
): Check[] {
  const silent = answers.filter(({ notReached }) => notReached === undefined);
  const cut = answers.filter(({ notReached = 0 }) => notReached > 0);
  if (cut.length > 0) {
    const listed = cut.map(({ node, notReached }) => `${node} does not reach ${notReached} of the others`);
    return [warn(name, `Is ${wanted} open? ${shortened(listed)}.`, fix)];
  }
  if (silent.length > 0) {
    const nodes = shortened(silent.map(({ node }) => node));
    return [
      warn(
        name,
        `Whether ${wanted} is open could not be seen: no word of it in the metrics of the agents on ${nodes}.`,
        "Switch the agents' metrics on, and ask for the right to get pods/proxy.",
      ),
    ];
  }
  return [ok(name, `${wanted}: each of ${answers.length} nodes reaches the pods of all others.`)];
}

function shortened(names: readonly string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
