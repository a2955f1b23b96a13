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
import { storeGolden } from "../support/ocsf/stored";

/** More than two portions of an index. */
const DOCUMENTS = 12_000;
const NAMESPACE = "security-pipeline";
const NAME = "ocsf";

describe("OCSF events from the real Elasticsearch, as the CronJob writes them to a volume", function () {
  this.timeout(400_000);
  let server: ElasticsearchServer;
  let cluster: ClusterWithRights;
  let folder: string;
  let options: ProgramOptions;
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
    await storeGolden(server, "event", DOCUMENTS);
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
  async function waiting(): Promise<PlannedProgram> {
    const program = await PlannedProgram.create(options);
    assert.equal(await program.run(), EXIT.ok, program.log());
    await cluster.aMinuteLater(NAME);
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
    const lines = fs.readFileSync(path.join(out, file!), "utf8").trimEnd().split("\n").slice(0, 500);
    for (const line of lines) assert.equal(validator.problem(JSON.parse(line)), undefined, line);
  });

  it("writes each once wherever a run is killed", async () => {
    const program = await waiting();
    let kills = 0;
    for (let last = -1; ; ) {
      program.start();
      // The next file that is begun: in the middle of writing it, or after it and before it is noted.
      const outcome = await Promise.race([
        program.ended().then((code) => ({ code })),
        anotherFile(last).then(() => undefined),
      ]);
      if (outcome) {
        assert.equal(outcome.code, EXIT.ok, program.log());
        break;
      }
      await program.end("SIGKILL");
      kills += 1;
      last = files().length;
      if (kills === 4) last = Number.POSITIVE_INFINITY;
    }
    assert.ok(kills > 0);
    assertOnceEach();
  });

  async function anotherFile(than: number): Promise<void> {
    while (files().length <= than || files().length === 0)
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

  it("leaves a position that is not its own", async () => {
    const program = await waiting();
    await cluster.setPosition(NAME, { done: { x: "y" } } as never);
    assert.equal(await program.run(), EXIT.failed);
    assert.match(program.log(), /position.json of ConfigMap ocsf-position is no position/);
    assert.deepEqual(files(), []);
  });
});
