import { Command } from "commander";
import pc from "picocolors";
import { namespacesOf } from "../../components/core/contract/namespaces";
import { notificationsSchema } from "../../components/notifications/notifications-schema";
import { Fault } from "../dev/cluster/fault";
import { type Access, clusterAccess, directAccess } from "./notify/access";
import { sendTests, type TestResult } from "./notify/test-messages";
import { settingsOf, stackFile } from "./stack-file";

interface Options {
  stack: string;
  test?: boolean;
  url?: string;
  certificates?: string;
  seconds: number;
}

/** `npm run notify -- --test`: exit code 1 where a receiver did not take its message. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm run notify --")
    .description(
      "Sends a marked test message to each receiver of a stack, past its routes and mute times, and says what came back.",
    )
    .requiredOption("--test", "send the messages")
    .option("-s, --stack <name>", "stack whose receivers they are", "dev")
    .option(
      "--url <address>",
      "of Alertmanager, where a port is forwarded already; by default this is done here",
    )
    .option("--certificates <folder>", "with ca.crt, client.crt and client.key, for --url")
    .option("--seconds <number>", "how long to wait for an answer", Number, 30);
  const options = command.parse(args, { from: "user" }).opts<Options>();
  const { envelope, features } = settingsOf(stackFile(options.stack));
  const entry = features.find(({ feature }) => feature.name === "notifications");
  if (!entry?.enabled || !entry.bound)
    throw new Fault(`Stack ${options.stack} has no notifications.`, {
      where: stackFile(options.stack),
      fix: "Add the feature `notifications` with its receivers, and deploy it.",
    });
  const config = notificationsSchema.parse(entry.bound.config);
  const access = await accessOf(options, {
    namespaces: namespacesOf(envelope.global),
    context: envelope.global.context,
    generation: config.certificateGeneration,
  });
  try {
    const names = config.receivers.map(({ name }) => name);
    const { clusterName } = envelope.global;
    const results = await sendTests(access.target, names, { clusterName, seconds: options.seconds });
    for (const result of results) console.log(line(result));
    return results.every(({ outcome }) => outcome === "taken") ? 0 : 1;
  } finally {
    access.close();
  }
}

async function accessOf(
  { url, certificates }: Options,
  cluster: Parameters<typeof clusterAccess>[0],
): Promise<Access> {
  if (url === undefined) return clusterAccess(cluster);
  if (certificates !== undefined) return directAccess(url, certificates);
  throw new Fault("--url needs --certificates.", {
    fix: "Give the folder with ca.crt, client.crt and client.key.",
  });
}

const OUTCOMES: Readonly<Record<TestResult["outcome"], string>> = {
  taken: pc.green("taken"),
  refused: pc.red("refused"),
  open: pc.yellow("no answer yet"),
};

function line({ receiver, outcome, failures, reason }: TestResult): string {
  const failed = failures > 0 ? `, ${failures} failed request${failures === 1 ? "" : "s"}` : "";
  const why = reason ? ` (${reason})` : "";
  const log = outcome === "taken" ? "" : "; why is in Alertmanager's log: kubectl logs alertmanager-0";
  return `${receiver}: ${OUTCOMES[outcome]}${why}${failed}${log}`;
}
