import { log } from "../../node-program/json-log";
import { Store } from "./findings-store";
import { Cluster } from "./kubernetes";
import { runPass, type Stores } from "./pass";
import { type ReporterSettings, reporterSettings } from "./reporter-settings";

/** Exit codes: all is stored; the pass did not come to its end; some documents were refused; wrong settings. */
export const EXIT = { ok: 0, failed: 1, refused: 2, settings: 64 } as const;

/** The program of the CronJob: settings from the environment, one pass, and an exit code that says how it went. */
export async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const started = Date.now();
  let settings: ReporterSettings;
  let cluster: Cluster;
  let stores: Stores;
  try {
    settings = reporterSettings(env);
    cluster = new Cluster(settings.kubernetes, settings.policy);
    stores = storesOf(settings);
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  try {
    const summary = await runPass(cluster, stores, settings.policy, settings.options);
    const level = summary.refused > 0 ? "error" : "info";
    log(level, "pass complete", { ...summary, seconds: (Date.now() - started) / 1000 });
    return summary.refused > 0 ? EXIT.refused : EXIT.ok;
  } catch (error) {
    log("error", (error as Error).message, { seconds: (Date.now() - started) / 1000 });
    return EXIT.failed;
  } finally {
    await cluster.close();
    await Promise.all(Object.values(stores).map((store) => store.close()));
  }
}

function storesOf({ elasticsearch, indices, policy }: ReporterSettings): Stores {
  return {
    vulnerabilities: new Store(elasticsearch, indices.vulnerabilities, policy),
    posture: new Store(elasticsearch, indices.posture, policy),
  };
}
