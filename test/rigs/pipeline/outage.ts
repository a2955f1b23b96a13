import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { awaitDelivery, type Delivery, repetitions } from "./delivery";
import { LogWriter } from "./log-writer";
import { PipelineRig } from "./rig";
import { falcoLine } from "./sensor-logs";

export interface OutageOptions {
  /** How long Elasticsearch is away. */
  seconds: number;
  linesPerSecond: number;
  /** Told what happens. */
  say?: (event: string) => void;
}

export interface OutageResult {
  delivery: Delivery;
  /** Documents that reached Elasticsearch again after a crash, and that it knew by their _id. */
  repeated: number;
  rotations: number;
  /** Records that a queue had no room for, by the collector's metric; each was sent again. */
  refusedByNode: number;
  refusedByGateway: number;
  /** What the logs said of it. */
  nodeSaidFull: boolean;
  gatewaySaidFull: boolean;
  /** The gateway's queue refuses before its disk is full: on a full disk it would lose what it is sending. */
  diskWasFull: boolean;
  /** From Elasticsearch's return to the last document. */
  drainSeconds: number;
}

/** Full in less than a minute at 500 lines of 1 KB a second, one after the other. */
const NODE_QUEUE_MEGABYTES = 16;
const GATEWAY_DISK_MEGABYTES = 64;
const ROTATE_EVERY_MS = 2000;

/**
 * The worst day: Elasticsearch is killed while lines keep coming and the sensor's file is renamed every 2 s. While it
 * is away the gateway and the node collector are killed and ended in order, the gateway's queue and then the
 * node's fill up, and both are started again like that. Then Elasticsearch is back.
 */
export async function runOutage(server: ElasticsearchServer, options: OutageOptions): Promise<OutageResult> {
  const config = {
    queue: { nodeMegabytes: NODE_QUEUE_MEGABYTES, gatewaySize: `${GATEWAY_DISK_MEGABYTES}Mi` },
  };
  const rig = await PipelineRig.create(server, { config, gatewayDiskMegabytes: GATEWAY_DISK_MEGABYTES });
  try {
    await rig.start();
    return await withLines(rig, server, options);
  } finally {
    await rig.destroy();
  }
}

async function withLines(
  rig: PipelineRig,
  server: ElasticsearchServer,
  options: OutageOptions,
): Promise<OutageResult> {
  const writer = new LogWriter({
    file: rig.logFile("falco", "events.log"),
    line: (sequence) => falcoLine({ sequence, size: 1000 }),
    linesPerSecond: options.linesPerSecond,
    rotateEveryMs: ROTATE_EVERY_MS,
  });
  try {
    await sleep(3000);
    await endure(rig, server, options);
    const full = await signsOfFullQueues(rig);
    options.say?.("Elasticsearch is started again");
    await server.launch();
    const returned = Date.now();
    const written = await writer.stop();
    const delivery = await awaitDelivery(server, written);
    return {
      delivery,
      repeated: await repetitions(rig),
      rotations: writer.rotated,
      ...full,
      drainSeconds: (Date.now() - returned) / 1000,
    };
  } finally {
    await writer.stop();
  }
}

/** The outage, from its beginning to its end. */
async function endure(rig: PipelineRig, server: ElasticsearchServer, options: OutageOptions): Promise<void> {
  const { say = () => {} } = options;
  const began = Date.now();
  const at = async (seconds: number, event: string) => {
    await sleep(Math.max(0, began + seconds * 1000 - Date.now()));
    say(event);
  };
  say("Elasticsearch is killed");
  await server.kill();
  await at(5, "gateway is killed");
  await rig.gateway.end("SIGKILL");
  await at(10, "gateway is started");
  await rig.gateway.start();
  await at(12, "node collector is killed");
  await rig.node.end("SIGKILL");
  await at(15, "node collector is started");
  await rig.node.start();
  // Not once its queue is full: a file_log receiver that is ended while it waits for room forgets the hundred lines
  // at most that it has in hand (opentelemetry-collector-contrib #47908). A kill then forgets nothing.
  await at(18, "node collector is ended in order, started again");
  await rig.node.end("SIGTERM", 30_000);
  await rig.node.start();
  await at(0.7 * options.seconds, "gateway, its queue full, is ended in order, started again");
  // It waits for Elasticsearch; the kubelet ends it after its grace period.
  await rig.gateway.end("SIGTERM", 5000);
  await rig.gateway.start();
  await at(0.8 * options.seconds, "node collector, its queue full, is killed, started again");
  await rig.node.end("SIGKILL");
  await rig.node.start();
  await at(options.seconds, "the outage is over");
}

async function signsOfFullQueues(rig: PipelineRig) {
  const refused = "otelcol_exporter_enqueue_failed_log_records";
  const full = "sending queue is full";
  return {
    refusedByNode: await rig.node.metric(refused),
    refusedByGateway: await rig.gateway.metric(refused),
    nodeSaidFull: rig.node.log().includes(full),
    gatewaySaidFull: rig.gateway.log().includes(full),
    diskWasFull: rig.gateway.log().includes("no space left on device"),
  };
}
