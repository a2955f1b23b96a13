import { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { installTemplates, removeIndices } from "./pipeline/rig";

let starting: Promise<ElasticsearchServer> | undefined;

/** The Elasticsearch of this process of mocha: starting it takes longer than most tests. */
export function elasticsearch(): Promise<ElasticsearchServer> {
  starting ??= ElasticsearchServer.start({ quickStart: true });
  return starting;
}

/** The same with the stack's templates and without any document. */
export async function emptyElasticsearch(): Promise<ElasticsearchServer> {
  const server = await elasticsearch();
  await removeIndices(server);
  await installTemplates(server);
  return server;
}

after(async function () {
  // A process that runs one file after another ends it with itself (the server's own exit handler).
  if (process.env["MOCHA_WORKER_ID"] !== undefined) return;
  this.timeout(60_000);
  await (await starting)?.stop();
});
