import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildProgram } from "../../components/node-program/bundle";
import { alertingDocument, bulkBody } from "../../test/rigs/response/alerting-document";
import { NotificationRig, RECEIVERS, readerTarget } from "../../test/rigs/response/notification-rig";
import { waitUntil } from "../dev/cluster/wait";
import { INDICES } from "../dev/elasticsearch/indices";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { putTemplates } from "../dev/elasticsearch/templates";
import { report } from "./figures";
import { pairsInTurn } from "./in-turn";
import { median } from "./measure";
import type { BareInput } from "./notify-bare";

const DOCUMENTS = 10_000;
/** Each is a message to each receiver. */
const GROUPS = 400;
const RATIO_BOUND = 2;
const MEMORY_BOUND_MIB = 96;
const PATIENCE_MS = 120_000;
const BATCH = 2_500;
const MESSAGES = GROUPS * RECEIVERS.length;
/** Twice the rig's interval of groups. */
const TURN_OF_GROUPS_MS = 4_000;

/** Of one turn. */
interface Turn {
  /** From the moment when the documents can be found to the last message. */
  seconds: number;
  /** Messages beyond the first of a group at a receiver. */
  again: number;
  /** Peak resident memory of the notifier, in MiB. */
  megabytes: number;
  /** Messages that came while nothing was new. */
  further: number;
}

/** Starts what looks at the documents. @returns what tells it that they are there, where it does not look by itself */
type Start = (rig: NotificationRig) => Promise<() => void>;

/**
 * The notifier over 10,000 documents that raise alerts of 400 rules, until all six receivers have all messages: time against
 * the bare queries and posts to the same Alertmanager in the same run, memory, and what is sent when nothing is new. In both
 * Alertmanager waits a second for a group's first message; the notifier looks each second, the bare program at once.
 */
export async function benchNotify(): Promise<boolean> {
  const server = await ElasticsearchServer.start();
  try {
    await putTemplates(server.client);
    const program = buildProgram("tools/bench/notify-bare.ts");
    const turns = await pairsInTurn(
      "notify",
      {
        ours: () => turn(server, startNotifier),
        bare: () => turn(server, (rig) => startBare(server, rig, program)),
      },
      ({ ours, bare }) => `${ours.seconds.toFixed(2)} s, bare ${bare.seconds.toFixed(2)} s`,
    );
    const [ours, bare] = [turns.map((pair) => pair.ours), turns.map((pair) => pair.bare)];
    return tell(ours, bare);
  } finally {
    await server.stop();
  }
}

/** A new Alertmanager, new receivers and just these documents. */
async function turn(server: ElasticsearchServer, start: Start): Promise<Turn> {
  await store(server);
  const rig = await NotificationRig.create(server);
  try {
    await rig.alertmanager.start();
    const go = await start(rig);
    await server.client.must("POST", `/${INDICES.events}/_refresh`);
    const began = performance.now();
    go();
    await arrival(rig);
    const seconds = (performance.now() - began) / 1000;
    const again = rig.receivers.taken.length - MESSAGES;
    if (rig.notifier.pid === undefined) return { seconds, again, megabytes: 0, further: 0 };
    const further = await furtherOf(rig);
    return { seconds, again, megabytes: rig.notifier.peakMemory(), further };
  } finally {
    await rig.destroy();
  }
}

/** Documents in an index that shows them only when it is told to. */
async function store({ client }: ElasticsearchServer): Promise<void> {
  await client.request("DELETE", `/${INDICES.events}`);
  await client.must("PUT", `/${INDICES.events}`, { settings: { refresh_interval: "-1" } });
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => alertingDocument(`rule-${i % GROUPS}`));
  for (let first = 0; first < DOCUMENTS; first += BATCH)
    await client.must(
      "POST",
      `/${INDICES.events}/_bulk?filter_path=errors`,
      bulkBody(documents.slice(first, first + BATCH)),
    );
}

async function startNotifier(rig: NotificationRig): Promise<() => void> {
  await rig.notifier.start();
  await passes(rig, 1);
  return () => {};
}

async function startBare(
  server: ElasticsearchServer,
  rig: NotificationRig,
  program: string,
): Promise<() => void> {
  const file = path.join(rig.folder, "bare.js");
  fs.writeFileSync(file, program);
  const input: BareInput = {
    elasticsearch: readerTarget(server),
    alertmanager: rig.target,
    rulesFile: rig.rulesFile,
  };
  const child = spawn(process.execPath, [file, JSON.stringify(input)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.once("exit", (code) => {
    if (code !== 0) throw new Error(`the bare program ended with ${code}`);
  });
  await once(child.stdout, "data");
  return () => child.stdin.write("go\n");
}

/** Until each receiver has a message of each group. */
async function arrival({ receivers, notifier, alertmanager }: NotificationRig): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const seen = new Set<string>();
  for (let next = 0; seen.size < MESSAGES; ) {
    for (; next < receivers.taken.length; next += 1) {
      const { receiver, body } = receivers.taken[next]!;
      seen.add(`${receiver} ${/rule-\d+/.exec(body)?.[0]}`);
    }
    if (Date.now() > deadline)
      throw new Error(
        `${seen.size} of ${MESSAGES} messages:\n${notifier.log().slice(-500)}\n${alertmanager.log().slice(-500)}`,
      );
    await sleep(5);
  }
}

/** Messages of three more passes and the turn of Alertmanager's groups after them; what was under way is waited for. */
async function furtherOf(rig: NotificationRig): Promise<number> {
  await sleep(TURN_OF_GROUPS_MS);
  const before = rig.receivers.taken.length;
  await passes(rig, 3);
  await sleep(TURN_OF_GROUPS_MS);
  return rig.receivers.taken.length - before;
}

async function passes(rig: NotificationRig, more: number): Promise<void> {
  const wanted = rig.passes() + more;
  const look = async () => {
    if (rig.passes() < wanted) throw new Error(rig.notifier.log().slice(-1000));
    return true;
  };
  await waitUntil(`${more} passes of the notifier`, look, PATIENCE_MS);
}

function tell(ours: readonly Turn[], bare: readonly Turn[]): boolean {
  const ratio = median(ours.map(({ seconds }, i) => seconds / bare[i]!.seconds));
  const [seconds, bareSeconds] = [ours, bare].map((turns) => median(turns.map((one) => one.seconds)));
  const megabytes = Math.max(...ours.map((one) => one.megabytes));
  const again = ours.reduce((sum, one) => sum + one.again, 0);
  const further = ours.reduce((sum, one) => sum + one.further, 0);
  return report(`notifier, ${DOCUMENTS} documents, ${GROUPS} groups, ${RECEIVERS.length} receivers`, [
    {
      name: "from documents to the last message / bare queries and posts",
      value: `${ratio.toFixed(2)} (${seconds!.toFixed(1)} s to ${bareSeconds!.toFixed(1)} s)`,
      bound: `<= ${RATIO_BOUND}`,
      held: ratio <= RATIO_BOUND,
    },
    {
      name: "notifier: peak memory",
      value: `${megabytes.toFixed(0)} MiB`,
      bound: `< ${MEMORY_BOUND_MIB} MiB`,
      held: megabytes < MEMORY_BOUND_MIB,
    },
    {
      name: "messages of a group beyond the first, of all",
      value: `${again} of ${MESSAGES * ours.length}`,
      bound: "",
      held: true,
    },
    {
      name: "messages while nothing is new",
      value: String(further),
      bound: "0",
      held: further === 0,
    },
  ]);
}
