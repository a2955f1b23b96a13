import { type Conversion, ocsfConverter } from "../../documents/ocsf/convert";
import { FolderObjects } from "../../forwarding/folder-objects";
import { type Destination, forwardNew } from "../../forwarding/forward";
import { NdjsonObjects, type Objects } from "../../forwarding/ndjson-parts";
import { PositionConfigMap } from "../../forwarding/position-config-map";
import { PARQUET, S3Objects } from "../../forwarding/s3-objects";
import { StoredDocuments } from "../../forwarding/stored-documents";
import { ClusterClient } from "../../node-program/cluster-client";
import { log } from "../../node-program/json-log";
import { PodCredentials } from "../../node-program/pod-credentials";
import { apiServer, elasticsearchTargets } from "../../node-program/settings";
import { type MappingModules, toolMappings } from "./mapping-modules";
import { ocsfSettings } from "./ocsf-settings";
import { type Lake, ParquetObjects } from "./parquet-objects";

/** Exit codes: all is written; the pass did not come to its end; wrong settings. */
export const EXIT = { ok: 0, failed: 1, settings: 64 } as const;

/** Of the reasons why documents became no event, as many as one reads. */
const SHOWN = 5;

/** The program of the CronJob: settings from the environment, one pass, and an exit code that says how it went. */
export async function convertPass(env: NodeJS.ProcessEnv, modules: MappingModules): Promise<number> {
  let settings: ReturnType<typeof ocsfSettings>;
  try {
    settings = ocsfSettings(env);
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  const started = Date.now();
  const seconds = () => (Date.now() - started) / 1000;
  const { objects, store, cluster, positions } = connections(settings);
  try {
    const convert = ocsfConverter(toolMappings(modules));
    const destination = destinationOf(settings.target.lake, convert, objects);
    const { indices } = settings;
    const clusterName = settings.settings.CLUSTER_NAME;
    const summary = await forwardNew({ store, indices, clusterName, positions, destination }, new Date());
    const { refused, ...counts } = summary;
    log("info", "pass complete", {
      ...counts,
      refused: refused.length,
      reasons: refused.slice(0, SHOWN),
      seconds: seconds(),
    });
    return EXIT.ok;
  } catch (error) {
    log("error", (error as Error).message, { seconds: seconds() });
    return EXIT.failed;
  } finally {
    await Promise.all([
      store.close(),
      cluster.close(),
      objects instanceof S3Objects ? objects.close() : null,
    ]);
  }
}

function connections({ settings, target }: ReturnType<typeof ocsfSettings>) {
  const store = new StoredDocuments(elasticsearchTargets(settings));
  const cluster = new ClusterClient(apiServer(settings));
  const positions = new PositionConfigMap(cluster, settings.NAMESPACE, settings.POSITION_CONFIG_MAP);
  let objects: Objects;
  if (target.kind === "folder") objects = new FolderObjects(target.path);
  else {
    const credentials = new PodCredentials(target.agent);
    const place = { ...target, credentials: () => credentials.get() };
    objects = target.lake ? new S3Objects(place, target, PARQUET) : new S3Objects(place, target);
  }
  return { store, cluster, positions, objects };
}

function destinationOf(
  lake: Lake | undefined,
  convert: (document: unknown) => Conversion,
  objects: Objects,
): Destination {
  if (lake) return new ParquetObjects(lake, convert, objects);
  const toLine = (document: unknown) => {
    const made = convert(document);
    return "refused" in made ? made : { line: JSON.stringify(made.event) };
  };
  return new NdjsonObjects("ocsf", toLine, objects);
}
