import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EXIT } from "../../components/ocsf/program/convert-pass";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { OcsfValidator, officialSchemas } from "../../tools/dev/ocsf/official-schema";
import { ClusterWithRights } from "../rigs/forwarding/cluster-with-rights";
import { PlannedProgram, type ProgramOptions, plannedManifests } from "../rigs/forwarding/planned-program";
import { emptyElasticsearch } from "../rigs/test-server";
import { assertRowHas, readParquet } from "../support/ocsf/parquet";
import { storeGolden, storeOfAnotherCluster } from "../support/ocsf/stored";

/** Events of each portion of the index, between those of another cluster: a portion is 5,000 sequence numbers. */
const OF_A_PORTION = 400;
const OF_OTHERS = 4700;
const PORTIONS = 3;
const DOCUMENTS = PORTIONS * OF_A_PORTION;
const NAMESPACE = "security-pipeline";
const NAME = "ocsf";

interface StoredEvent extends Record<string, unknown> {
  class_uid: number;
  metadata: { uid: string };
}

describe("OCSF events from the real Elasticsearch, as the CronJob writes them to a volume", function () {
  this.timeout(400_000);
  let server: ElasticsearchServer;
  let cluster: ClusterWithRights;
  let folder: string;
  let options: ProgramOptions;
  /** As the first run leaves its position, a minute later. */
  let seen: Awaited<ReturnType<ClusterWithRights["position"]>>;
  let out: string;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-ocsf-files-"));
    out = path.join(folder, "events");
    [server, cluster] = await Promise.all([
      emptyElasticsearch(),
      ClusterWithRights.start("ocsf-files", NAMESPACE),
    ]);
    const manifests = plannedManifests({
      features: [{ name: NAME, config: { volumeClaim: { name: "x" } } }],
    });
    await cluster.apply(manifests);
    const adapt = (_: string, text: string) => text.replace("/var/lib/ocsf", out);
    options = { name: NAME, folder, manifests, cluster, server, adapt };
    for (let portion = 0; portion < PORTIONS; portion += 1) {
      if (portion > 0) await storeOfAnotherCluster(server, OF_OTHERS);
      await storeGolden(server, `event-${portion}`, OF_A_PORTION);
    }
  });
  after(async () => {
    await cluster?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    fs.rmSync(out, { recursive: true, force: true });
    await cluster.setPosition(NAME, undefined);
  });

  const files = () =>
    fs.existsSync(out)
      ? fs
          .readdirSync(out, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)))
          .sort()
      : [];

  function uids(): string[] {
    return files()
      .filter((file) => file.endsWith(".ndjson"))
      .flatMap((file) => fs.readFileSync(path.join(out, file), "utf8").trimEnd().split("\n"))
      .map((line) => (JSON.parse(line) as { metadata: { uid: string } }).metadata.uid);
  }

  function assertOnceEach(count = DOCUMENTS): void {
    const found = uids();
    assert.equal(new Set(found).size, count);
    assert.equal(found.length, count);
  }

  /** A program that has seen what is there, a minute ago. */
  async function waiting(more: Partial<ProgramOptions> = {}): Promise<PlannedProgram> {
    const program = await PlannedProgram.create({ ...options, ...more });
    if (seen) await cluster.setPosition(NAME, seen);
    else {
      assert.equal(await program.run(), EXIT.ok, program.log());
      await cluster.aMinuteLater(NAME);
      seen = await cluster.position(NAME);
    }
    return program;
  }

  it("writes nothing of the last minute, then each once, by the hour, and nothing more", async () => {
    const program = await PlannedProgram.create(options);
    assert.equal(await program.run(), EXIT.ok, program.log());
    assert.deepEqual(files(), []);
    assert.equal(await program.run(), EXIT.ok);
    assert.deepEqual(files(), []);
    await cluster.aMinuteLater(NAME);
    assert.equal(await program.run(), EXIT.ok, program.log());
    assertOnceEach();
    for (const file of files())
      assert.match(file, /^year=\d{4}\/month=\d\d\/day=\d\d\/hour=\d\d\/ocsf-[\w.-]+-\d+-\d+-\d+\.ndjson$/);
    const before = files();
    await cluster.aMinuteLater(NAME);
    assert.equal(await program.run(), EXIT.ok);
    assert.deepEqual(files(), before);
    assert.match(program.log(), /"isCaughtUp":true/);
  });

  it("writes events that the official schema takes", async () => {
    const program = await waiting();
    assert.equal(await program.run(), EXIT.ok, program.log());
    const validator = new OcsfValidator(await officialSchemas());
    const [file] = files();
    const lines = fs.readFileSync(path.join(out, file!), "utf8").trimEnd().split("\n");
    assert.ok(lines.length > OF_A_PORTION / 2);
    for (const line of lines) assert.equal(validator.problem(JSON.parse(line)), undefined, line);
  });

  it("writes each once wherever a run is killed", async () => {
    assert.ok((await killedUntilItEnds(await waiting())) > 0);
    assertOnceEach();
  });

  /** @returns how often it was killed */
  async function killedUntilItEnds(program: PlannedProgram): Promise<number> {
    let kills = 0;
    for (let last = -1; ; ) {
      program.start();
      const enough = new AbortController();
      // The next file that is begun: in the middle of writing it, or after it and before it is noted.
      const outcome = await Promise.race([
        program.ended().then((code) => ({ code })),
        anotherFile(last, enough.signal).then(() => undefined),
      ]);
      enough.abort();
      if (outcome) {
        assert.equal(outcome.code, EXIT.ok, program.log());
        return kills;
      }
      await program.end("SIGKILL");
      kills += 1;
      last = files().length;
      if (kills === 4) last = Number.POSITIVE_INFINITY;
    }
  }

  async function anotherFile(than: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (files().length <= than || files().length === 0))
      await new Promise((resolve) => setImmediate(resolve));
  }

  it("writes each once where two run at once, of which one may end with 1", async () => {
    await waiting();
    const both = await Promise.all([PlannedProgram.create(options), PlannedProgram.create(options)]);
    const codes = await Promise.all(both.map((program) => program.run()));
    assert.ok(codes.includes(EXIT.ok), `${codes}`);
    for (const [i, code] of codes.entries())
      if (code !== EXIT.ok) assert.match(both[i]!.log(), /another pass goes on from there/);
    assertOnceEach();
  });

  it("ends with 1 and keeps its position where it may not read, and with 64 where a setting is missing", async () => {
    const program = await waiting();
    const position = await cluster.position(NAME);
    const wrong = path.join(folder, "wrong");
    fs.writeFileSync(wrong, "bm9uZTpub25l");
    const other = await PlannedProgram.create({ ...options, env: { ELASTICSEARCH_API_KEY_FILE: wrong } });
    assert.equal(await other.run(), EXIT.failed);
    assert.match(other.log(), /answers 401 .* needs `read`/);
    assert.deepEqual(await cluster.position(NAME), position);
    const none = await PlannedProgram.create({ ...options, env: { INDICES: "" } });
    assert.equal(await none.run(), EXIT.settings);
    assert.match(none.log(), /INDICES is not set/);
    assert.equal(await program.run(), EXIT.ok);
    assertOnceEach();
  });

  it("writes the same in Parquet, wherever a run is killed", async () => {
    const ndjson = await waiting();
    assert.equal(await ndjson.run(), EXIT.ok, ndjson.log());
    const events = files()
      .flatMap((file) => fs.readFileSync(path.join(out, file), "utf8").trimEnd().split("\n"))
      .map((line) => JSON.parse(line) as StoredEvent);
    fs.rmSync(out, { recursive: true });
    const lake = { accountId: "123456789012", region: "eu-central-1" };
    const parquet = { name: NAME, config: { format: "parquet", securityLake: lake } };
    const program = await waiting({ manifests: plannedManifests({ features: [parquet] }) });
    assert.ok((await killedUntilItEnds(program)) > 0);
    const written = files().filter((file) => file.endsWith(".parquet"));
    for (const file of written)
      assert.match(
        file,
        /^security-stack-\d+\/region=eu-central-1\/accountId=123456789012\/eventDay=\d{8}\/ocsf-[\w.-]+-\d+-\d+-\d+\.parquet$/,
      );
    const read = await readParquet(written.map((file) => path.join(out, file)));
    const rows = new Map<string, Record<string, unknown>>();
    for (const { name, rows: some } of read)
      for (const row of some as unknown as StoredEvent[]) {
        assert.ok(name.includes(`security-stack-${row.class_uid}/`), name);
        assert.equal(rows.has(row.metadata.uid), false, row.metadata.uid);
        rows.set(row.metadata.uid, row);
      }
    assert.equal(rows.size, DOCUMENTS);
    for (const event of events) assertRowHas(rows.get(event.metadata.uid)!, event);
    const bytes = written.reduce((sum, file) => sum + fs.statSync(path.join(out, file)).size, 0);
    console.log(`${DOCUMENTS} events in ${written.length} files of Parquet, ${bytes} bytes`);
  });

  it("leaves a position that is not its own", async () => {
    const program = await waiting();
    await cluster.setPosition(NAME, { done: { x: "y" } } as never);
    assert.equal(await program.run(), EXIT.failed);
    assert.match(program.log(), /position.json of ConfigMap ocsf-position is no position/);
    assert.deepEqual(files(), []);
  });
});
