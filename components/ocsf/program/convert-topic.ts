import { ocsfConverter } from "../../documents/ocsf/convert";
import { serveHealth } from "../../node-program/health-server";
import { log } from "../../node-program/json-log";
import { readSettings, type Settings } from "../../node-program/settings";
import { EXIT } from "./convert-pass";
import { EventSink } from "./event-sink";
import { eventTexts } from "./event-texts";
import { type MappingModules, toolMappings } from "./mapping-modules";
import { serveDocuments } from "./otlp-documents";
import { TOPIC_ENVIRONMENT } from "./topic-settings";
import { TopicState } from "./topic-state";

/**
 * The program beside a collector that reads from Kafka: it makes events of the documents that it is given, hands them back for
 * the topic, and answers when that has them. It ends when it is asked to.
 */
export async function convertTopic(env: NodeJS.ProcessEnv, modules: MappingModules): Promise<number> {
  let settings: Settings<typeof TOPIC_ENVIRONMENT>;
  try {
    settings = readSettings(TOPIC_ENVIRONMENT, env);
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  const state = new TopicState();
  const convert = ocsfConverter(toolMappings(modules));
  const sink = new EventSink(settings.EVENTS_URL);
  const health = serveHealth(settings.METRICS_PORT, {
    isReady: () => true,
    metrics: () => state.metrics(),
  });
  const { hostname, port } = new URL(settings.DOCUMENTS_URL);
  const documents = serveDocuments({ host: hostname, port: Number(port) }, async (texts) => {
    const made = eventTexts(texts, convert);
    try {
      await sink.take(made.events);
    } catch (error) {
      state.failed();
      log("error", `will be sent again: ${(error as Error).message}`, { documents: texts.length });
      throw error;
    }
    state.took(made);
  });
  await asked();
  for (const server of [health, documents]) {
    server.close();
    server.closeAllConnections();
  }
  await sink.close();
  return EXIT.ok;
}

/** To end. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
