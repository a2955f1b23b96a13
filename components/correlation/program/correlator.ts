import { log } from "../../node-program/json-log";
import { runPass } from "./correlation-pass";
import { type CorrelatorSettings, correlatorSettings } from "./correlator-settings";
import { EventStore } from "./event-store";

/** Exit codes: all is written; the pass did not come to its end; rules failed or documents were refused; wrong settings. */
export const EXIT = { ok: 0, failed: 1, incomplete: 2, settings: 64 } as const;

/** The program of the CronJob: settings from the environment, one pass, and an exit code that says how it went. */
export async function correlate(env: NodeJS.ProcessEnv): Promise<number> {
  const started = Date.now();
  let settings: CorrelatorSettings;
  let store: EventStore;
  try {
    settings = correlatorSettings(env);
    store = new EventStore(settings.elasticsearch);
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  try {
    const summary = await runPass(store, settings.rules, settings.options);
    const isComplete = summary.failed.length === 0 && summary.refused.length === 0;
    const shown = { ...summary, refused: summary.refused.slice(0, 5) };
    log(isComplete ? "info" : "error", "pass complete", { ...shown, seconds: (Date.now() - started) / 1000 });
    return isComplete ? EXIT.ok : EXIT.incomplete;
  } catch (error) {
    log("error", (error as Error).message, { seconds: (Date.now() - started) / 1000 });
    return EXIT.failed;
  } finally {
    await store.close();
  }
}
