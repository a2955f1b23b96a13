import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { main } from "../../tools/cli/ocsf";
import { storedDocuments } from "../../tools/cli/ocsf-input";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../rigs/test-server";
import { goldenDocuments, reporterDocuments } from "../support/ocsf/documents";

/** More than a page of the search. */
const DOCUMENTS = 1200;

describe("OCSF events of what is in the real Elasticsearch", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let folder: string;
  let key: string;

  before(async () => {
    server = await emptyElasticsearch();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-ocsf-"));
    const now = new Date().toISOString();
    const documents = [...goldenDocuments(), ...reporterDocuments()].map(({ document }) => document);
    const lines = Array.from({ length: DOCUMENTS }, (_, i) => {
      const { _id, ...document } = structuredClone(documents[i % documents.length]!);
      const event = { ...(document["event"] as object), id: `event-${i}` };
      const tool = (document["labels"] as { security_tool: string }).security_tool;
      const index = tool === "trivy" ? INDICES.vulnerabilities : INDICES.events;
      return `{"index":{"_index":"${index}"}}\n${JSON.stringify({ ...document, "@timestamp": now, event })}\n`;
    });
    const { errors } = await server.client.must("POST", "/_bulk?refresh=true", lines.join(""));
    assert.equal(errors, false);
    key = await server.client.createApiKey("ocsf", {
      reader: { cluster: [], indices: [{ names: ["security-*"], privileges: ["read"] }] },
    });
    fs.writeFileSync(path.join(folder, "ca.pem"), server.caCertificate);
    fs.writeFileSync(path.join(folder, "key"), key);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("are one for each document, whatever the page", async () => {
    const found = new Set<unknown>();
    const from = new Date(Date.now() - 3_600_000);
    const options = { url: server.url, key, ca: server.caCertificate, stack: "dev", from };
    for await (const { document } of storedDocuments(options))
      found.add((document as { event: { id: string } }).event.id);
    assert.equal(found.size, DOCUMENTS);
  });

  it("are written to a file by npm run ocsf, all valid", async () => {
    const out = path.join(folder, "events.ndjson");
    const credentials = ["--ca", path.join(folder, "ca.pem"), "--api-key-file", path.join(folder, "key")];
    assert.equal(await main(["--from-es", server.url, ...credentials, "--out", out]), 0);
    const events = fs.readFileSync(out, "utf8").trim().split("\n");
    assert.equal(new Set(events.map((line) => JSON.parse(line).metadata.uid)).size, DOCUMENTS);
  });

  describe("from where the last run ended", () => {
    const MINUTE_MS = 60_000;
    let out: string;
    let position: string;

    beforeEach(() => {
      const place = fs.mkdtempSync(path.join(folder, "run-"));
      out = path.join(place, "events");
      position = path.join(place, "position.json");
    });

    const run = () =>
      main([
        ...["--from-es", server.url, "--ca", path.join(folder, "ca.pem")],
        ...["--api-key-file", path.join(folder, "key"), "--no-validate"],
        ...["--position", position, "--out", out],
      ]);

    /** What was seen counts as settled after a minute. */
    function aMinuteLater(): void {
      const noted = JSON.parse(fs.readFileSync(position, "utf8"));
      noted.seen.at = new Date(Date.parse(noted.seen.at) - MINUTE_MS).toISOString();
      fs.writeFileSync(position, JSON.stringify(noted));
    }

    function written(): string[] {
      return fs
        .readdirSync(out)
        .flatMap((file) => fs.readFileSync(path.join(out, file), "utf8").split("\n"))
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line).metadata.uid);
    }

    async function store(id: string): Promise<void> {
      const [golden] = goldenDocuments();
      const { _id, ...document } = golden!.document;
      const event = { ...(document["event"] as object), id };
      const line = JSON.stringify({ ...document, "@timestamp": new Date().toISOString(), event });
      await server.client.must("POST", `/${INDICES.events}/_bulk?refresh=true`, `{"create":{}}\n${line}\n`);
    }

    it("each is written once, whenever it comes and wherever a run is cut off", async () => {
      assert.equal(await run(), 0);
      assert.deepEqual(written(), []);
      aMinuteLater();
      await store("later");
      const before = fs.readFileSync(position, "utf8");
      assert.equal(await run(), 0);
      assert.equal(written().length, DOCUMENTS);
      assert.equal(new Set(written()).size, DOCUMENTS);
      // As a run leaves it that is killed before it notes anything; what comes meanwhile is none of its.
      const files = fs.readdirSync(out);
      fs.writeFileSync(position, before);
      await store("after");
      assert.equal(await run(), 0);
      assert.deepEqual(fs.readdirSync(out), files);
      assert.equal(written().length, DOCUMENTS);
      aMinuteLater();
      assert.equal(await run(), 0);
      assert.deepEqual([...new Set(written())].length, DOCUMENTS + 2);
      assert.equal(written().length, DOCUMENTS + 2);
      aMinuteLater();
      await run();
      assert.equal(written().length, DOCUMENTS + 2);
    });

    it("end with 2 where the position is another file, and leave it", async () => {
      fs.writeFileSync(position, "{}");
      assert.equal(await run(), 2);
      assert.equal(fs.readFileSync(position, "utf8"), "{}");
    });
  });

  it("end with 2 where the key may not read", async () => {
    fs.writeFileSync(path.join(folder, "wrong"), "bm9uZTpub25l");
    const credentials = ["--ca", path.join(folder, "ca.pem"), "--api-key-file", path.join(folder, "wrong")];
    assert.equal(await main(["--from-es", server.url, ...credentials, "--no-validate"]), 2);
  });
});
