import { ElasticsearchServer } from "../../tools/elasticsearch/server";
import { INDICES, installTemplates } from "../../tools/pipeline/rig";

let starting: Promise<ElasticsearchServer> | undefined;

/** The Elasticsearch of this run of mocha: starting it takes longer than most tests. */
export function elasticsearch(): Promise<ElasticsearchServer> {
  starting ??= ElasticsearchServer.start();
  return starting;
}

/** The same with the stack's templates and without any document. */
export async function emptyElasticsearch(): Promise<ElasticsearchServer> {
  const server = await elasticsearch();
  const indices = Object.values(INDICES).join(",");
  await server.client.request("DELETE", `/${indices}?ignore_unavailable=true`);
  await installTemplates(server);
  return server;
}

after(async function () {
  this.timeout(60_000);
  await (await starting)?.stop();
});
