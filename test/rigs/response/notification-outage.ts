import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { alertingDocument, bulkBody } from "./alerting-document";
import { NotificationRig, RECEIVERS } from "./notification-rig";

export interface NotificationOutageOptions {
  /** How long each part is away. */
  seconds: number;
  /** Documents that raise alerts meanwhile, and the rules that they are of: each is a message of its own. */
  documents: number;
  groups: number;
  /** How long all messages may take once the part is back. */
  patienceSeconds: number;
  say: (event: string) => void;
}

/** What became of the alerts of one outage. */
export interface OutagePart {
  part: string;
  groups: number;
  /** Least that arrived at a receiver, of the groups. */
  arrived: number;
  /** Messages beyond the first of a group at a receiver, at most. */
  extra: number;
  /** From the part's return to the last message. */
  seconds: number;
}

const NAMES = RECEIVERS.map(({ name }) => name);

/** Each part is killed and away in turn, the receivers all at once, while documents that raise alerts keep coming. */
export async function runNotificationOutage(
  server: ElasticsearchServer,
  options: NotificationOutageOptions,
): Promise<OutagePart[]> {
  const rig = await NotificationRig.create(server);
  try {
    await rig.start();
    const results: OutagePart[] = [];
    for (const { part, take, bring } of partsOf(rig, server))
      results.push(await outage(rig, server, { ...options, part, take, bring }));
    return results;
  } finally {
    await rig.destroy();
  }
}

interface Part {
  part: string;
  /** Kills it. */
  take: () => Promise<void>;
  bring: () => Promise<void>;
}

function partsOf(rig: NotificationRig, server: ElasticsearchServer): Part[] {
  const { notifier, alertmanager, receivers } = rig;
  return [
    { part: "notifier", take: () => notifier.end(), bring: () => notifier.start() },
    { part: "Alertmanager", take: () => alertmanager.end(), bring: () => alertmanager.start() },
    { part: "Elasticsearch", take: () => server.kill(), bring: () => server.launch() },
    { part: "receivers", take: () => receivers.stop(), bring: () => receivers.listen() },
  ];
}

async function outage(
  { receivers }: NotificationRig,
  server: ElasticsearchServer,
  { part, take, bring, seconds, documents, groups, patienceSeconds, say }: NotificationOutageOptions & Part,
): Promise<OutagePart> {
  say(`${part}: killed`);
  await take();
  // Without white space, which some receivers are sent encoded.
  const rules = Array.from({ length: groups }, (_, i) => `outage-${part}-${String(i).padStart(3, "0")}`);
  const waiting = await duringOutage(server, rules, { seconds, documents });
  await bring();
  say(`${part}: back`);
  const back = Date.now();
  await put(server, waiting);
  const messagesOf = (receiver: string, rule: string) =>
    receivers.of(receiver).filter(({ body }) => body.includes(rule)).length;
  const arrivedAt = (receiver: string) => rules.filter((rule) => messagesOf(receiver, rule) > 0).length;
  const least = () => Math.min(...NAMES.map(arrivedAt));
  const isDone = async () => least() === groups;
  await waitUntil(`messages of the outage of ${part}`, isDone, patienceSeconds * 1000).catch(() => undefined);
  const took = (Date.now() - back) / 1000;
  // What comes twice comes with the next turns of the group.
  await sleep(6_000);
  const most = Math.max(...NAMES.flatMap((name) => rules.map((rule) => messagesOf(name, rule))));
  return { part, groups, arrived: least(), extra: Math.max(0, most - 1), seconds: took };
}

/**
 * Spreads the documents over the time.
 * @returns those that Elasticsearch was not there for, which wait as in a collector's queue
 */
async function duringOutage(
  server: ElasticsearchServer,
  rules: readonly string[],
  { seconds, documents }: { seconds: number; documents: number },
): Promise<object[]> {
  const waiting: object[] = [];
  for (let sent = 0; sent < documents; sent += 1) {
    waiting.push(alertingDocument(rules[sent % rules.length]!));
    if (waiting.length >= rules.length) await put(server, waiting);
    await sleep((seconds * 1000) / documents);
  }
  return waiting;
}

/** What was taken is waited for no longer. */
async function put(server: ElasticsearchServer, waiting: object[]): Promise<void> {
  const path = `/${INDICES.events}/_bulk?refresh=true`;
  const count = waiting.length;
  const answer = await server.client.request("POST", path, bulkBody(waiting)).catch(() => undefined);
  if (answer?.status === 200) waiting.splice(0, count);
}
