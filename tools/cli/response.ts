import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { apiServerAt, Refusal } from "../../components/node-program/api-server";
import type { ActionRecord, Phase } from "../../components/response/program/record";
import { responseSchema } from "../../components/response/response-schema";
import { Fault } from "../dev/cluster/fault";
import { newTable } from "../dev/table";
import { ActionsClient } from "./response/actions-client";
import { settingsOf, stackFile } from "./stack-file";

interface Options {
  stack: string;
  context?: string;
  seconds: number;
  rejoin?: true;
}

/** How long the responder takes at most to see what a person said, and to do it. */
const WAIT_SECONDS = 60;

/**
 * `npm run response -- list | approve | reject | release | stop | start`; exit code 1 where it did not come to be.
 * @param connect To the cluster of the options; by default that of the stack's or the current context.
 */
export async function main(
  args: readonly string[],
  connect: (options: Options) => Promise<ActionsClient> = connectToStack,
): Promise<number> {
  let code = 0;
  const program = new Command("npm run response --")
    .description(
      "What is done about alerts: proposals and actions, and what a person can say to them, as the user of the kubeconfig.",
    )
    .option("-s, --stack <name>", "stack whose responses they are", "dev")
    .option("--context <name>", "context of the kubeconfig; by default the stack's, or the current one")
    .option("--seconds <number>", "how long to wait until it is done", seconds, WAIT_SECONDS);
  const command = (usage: string, description: string) => program.command(usage).description(description);
  const run =
    (work: (client: ActionsClient, options: Options, id: string) => Promise<number>) =>
    async (...given: unknown[]) => {
      const options = { ...program.opts<Options>(), ...(given.at(-2) as object) };
      const client = await connect(options);
      try {
        code = await work(client, options, String(given[0]));
      } finally {
        await client.close();
      }
    };
  command("list", "proposals and actions, the newest first").action(run(list));
  command("approve <id>", "let a proposal be carried out").action(
    run(async (client, options, id) => {
      await client.approve(id);
      return outcome(client, id, ["done"], options);
    }),
  );
  command("reject <id>", "say no to a proposal").action(
    run(async (client, options, id) => {
      await client.reject(id);
      return outcome(client, id, ["rejected"], options);
    }),
  );
  command("release <id>", "give a quarantined pod its labels and its traffic back")
    .option("--rejoin", "back to its controller, which then deletes it; without it the pod stays on its own")
    .action(
      run(async (client, options, id) => {
        await client.release(id, options.rejoin === true);
        return outcome(client, id, ["released", "ended"], options);
      }),
    );
  command("stop", "do nothing about alerts from now on").action(
    run(async (client) => {
      await client.stop();
      console.log("stopped: nothing is done about alerts until `npm run response -- start`");
      return 0;
    }),
  );
  command("start", "end a stop").action(
    run(async (client) => {
      await client.start();
      console.log("started");
      return 0;
    }),
  );
  await program.parseAsync(args, { from: "user" });
  return code;
}

function seconds(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("A number of seconds.");
  return Number(text);
}

async function connectToStack(options: Options): Promise<ActionsClient> {
  const { envelope, features } = settingsOf(stackFile(options.stack));
  const entry = features.find(({ feature }) => feature.name === "response");
  if (!entry?.enabled || !entry.bound)
    throw new Fault(`Stack ${options.stack} has no responses.`, {
      where: stackFile(options.stack),
      fix: "Add the feature `response` with its rules, and deploy it.",
    });
  const { recordsNamespace } = responseSchema.parse(entry.bound.config);
  const target = await apiServer(options.context ?? envelope.global.context);
  return new ActionsClient(target, recordsNamespace);
}

async function apiServer(context: string | undefined) {
  try {
    return await apiServerAt(context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Fault(error.message, { fix: "Set KUBECONFIG, or give --context." });
  }
}

async function list(client: ActionsClient): Promise<number> {
  const { records, stopped } = await client.list();
  if (stopped) console.log("stopped: nothing is done about alerts until `npm run response -- start`\n");
  console.log(records.length === 0 ? "no actions" : lines(records));
  return 0;
}

function lines(records: readonly ActionRecord[]): string {
  const rows = newTable(["id", "what", "pod", "rule", "state", "since", "by", "why"]);
  rows.push(
    ...records.map(
      ({ id, action, pod, rule, phase, since, approvedBy, releasedBy, rejectedBy, reason, alert }) => [
        ...[id, action, `${pod.namespace}/${pod.name}`, rule, phase, since.slice(0, 19)],
        releasedBy || rejectedBy || approvedBy,
        [alert["rule"] ?? alert["alertname"], reason].filter(Boolean).join("; "),
      ],
    ),
  );
  return rows.toString();
}

/** Until the responder has done it. */
async function outcome(
  client: ActionsClient,
  id: string,
  wanted: readonly Phase[],
  { seconds: limit }: Options,
): Promise<number> {
  const end = Date.now() + limit * 1000;
  for (;;) {
    const { phase, reason } = await client.find(id);
    if (wanted.includes(phase)) {
      console.log(`${id}: ${phase}${reason ? ` (${reason})` : ""}`);
      return 0;
    }
    const isOver = !["proposed", "acting", "done"].includes(phase);
    if (isOver || Date.now() > end) {
      console.error(
        `${id}: ${phase}${reason ? ` (${reason})` : ""}${isOver ? "" : "; the responder has not done it yet: kubectl logs deployment/responder"}`,
      );
      return 1;
    }
    await sleep(500);
  }
}
