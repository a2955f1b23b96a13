import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { basic, HttpClient, type Request } from "../../components/node-program/http-client";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { awaitDelivery } from "../rigs/pipeline/delivery";
import { PipelineRig } from "../rigs/pipeline/rig";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import { emptyElasticsearch } from "../rigs/test-server";
import { shellBlocks } from "../support/pages";
import { run } from "../support/stack/run";

const PAGE = "docs/troubleshooting.md";

/** What Elasticsearch says of an interface whose module it does not have: those of its Maven package are few. */
const ABSENT = /no handler found for uri/;
/** Of the restore drill, whose snapshot can't be made without them. */
const AFTER_ABSENT = ["/_snapshot/", "/restored-", "/_data_stream/restored-"];

/** A question that a page puts to Elasticsearch: the arguments of its function `es`, as a shell reads them. */
interface Question {
  path: string;
  method: Request["method"];
  body: string | undefined;
}

describe(`what ${PAGE} asks Elasticsearch`, function () {
  this.timeout(300_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let client: HttpClient;

  before(async () => {
    server = await emptyElasticsearch();
    const { url, caCertificate: ca, superuser } = server;
    const authorization = basic(superuser.user, superuser.password);
    client = new HttpClient({ url, ca, headers: { authorization, "content-type": "application/json" } });
    rig = await PipelineRig.create(server, {});
    await rig.start();
    appendFileSync(rig.logFile("falco", "events.log"), `${falcoLine({ sequence: 0, size: 500 })}\n`);
    await awaitDelivery(server, 1);
  });
  after(async () => {
    await client?.close();
    await rig?.destroy();
  });

  it("is answered, or asked of what is not in this server", async () => {
    const questions = await questionsOf(PAGE);
    assert.ok(questions.length > 10);
    const absent: string[] = [];
    for (const question of questions) {
      const name = `${question.method} ${question.path}`;
      const { status, body } = await client.request(question);
      if (ABSENT.test(body) || AFTER_ABSENT.some((part) => question.path.startsWith(part))) absent.push(name);
      else assert.equal(status, 200, `${name}: ${body}`);
    }
    assert.ok(absent.length < questions.length / 2 + 1, absent.join("\n"));
    console.log(`        not run: absent from this server: ${absent.length} of ${questions.length}`);
  });
});

/** The page's own function is replaced by one that says what it was given. */
async function questionsOf(page: string): Promise<Question[]> {
  const blocks = shellBlocks(page).filter(({ text }) => /^es '/m.test(text));
  const calls = blocks.flatMap(({ text }) => text.split("\n").filter((line) => line.startsWith("es ")));
  const say = `es() { node -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }`;
  const { code, stdout, stderr } = await run("bash", ["-euc", [say, ...calls].join("\n")]);
  assert.equal(code, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [path = "", ...options] = JSON.parse(line) as string[];
      const option = (name: string) => options[options.indexOf(name) + 1 || options.length];
      const body = option("--data");
      const method = option("--request") ?? (body === undefined ? "GET" : "POST");
      if (method !== "GET" && method !== "POST" && method !== "DELETE") throw new Error(`${method} ${path}`);
      return { path, method, body };
    });
}
