import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { OCSF_CLASSES } from "../../components/documents/ocsf/classes";
import { type OcsfEvent, ocsfConverter } from "../../components/documents/ocsf/convert";
import { FolderObjects } from "../../components/forwarding/folder-objects";
import type { Portion } from "../../components/forwarding/position";
import { type Columns, rowOf } from "../../components/ocsf/program/parquet-columns";
import { ParquetObjects } from "../../components/ocsf/program/parquet-objects";
import { FEATURES } from "../../components/registry";
import { classColumns } from "../../tools/dev/ocsf/class-columns";
import { officialSchemas } from "../../tools/dev/ocsf/official-schema";
import { allDocuments, type StoredDocument } from "../support/ocsf/documents";
import { assertRowHas, type ParquetFile, readParquet } from "../support/ocsf/parquet";
import { distorted, randomNumbers } from "../support/ocsf/random";

const COLUMNS = path.join(__dirname, "..", "..", "components", "ocsf", "program", "class-columns.json");
const LAKE = { source: "stack", region: "eu-central-1", accountId: "123456789012" };
const SEEN_AT = "2026-11-30T01:02:03.000Z";
const RANDOM = 2000;

const convert = ocsfConverter(registryFacts(FEATURES).documents);

function eventOf(document: unknown): { event: OcsfEvent; class: keyof typeof OCSF_CLASSES } {
  const made = convert(document);
  if ("refused" in made) throw new Error(made.refused);
  return { ...made, event: JSON.parse(JSON.stringify(made.event)) as OcsfEvent };
}

function portionOf(documents: readonly unknown[]): Portion {
  return {
    name: "events-1-9",
    seenAt: SEEN_AT,
    after: { done: {} },
    documents: (async function* () {
      for (const [i, document] of documents.entries()) yield { place: String(i), document };
    })(),
  };
}

describe("OCSF events in Parquet, read by another implementation", function () {
  this.timeout(180_000);
  const documents = allDocuments().map(({ document }) => document);
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-parquet-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const files = () =>
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();

  async function written(stored: readonly StoredDocument[]): Promise<ParquetFile[]> {
    const destination = new ParquetObjects(LAKE, convert, new FolderObjects(folder));
    const { sent, refused } = await destination.take(portionOf(stored));
    assert.deepEqual([sent, refused], [stored.length, []]);
    return readParquet(files());
  }

  it("has for each class the columns that the official schema gives its fields", async () => {
    const schemas = await officialSchemas();
    const events = documents.map(eventOf);
    const columns = Object.fromEntries(
      Object.entries(OCSF_CLASSES).map(([name, { uid }]) => [
        name,
        classColumns(
          schemas,
          uid,
          events.flatMap((one) => (one.class === name ? [one.event] : [])),
        ),
      ]),
    );
    if (process.env["UPDATE_GOLDEN"]) fs.writeFileSync(COLUMNS, JSON.stringify(columns, null, 2));
    assert.deepEqual(JSON.parse(fs.readFileSync(COLUMNS, "utf8")), columns, "UPDATE_GOLDEN=1 writes it");
    for (const { event, class: name } of events)
      assert.deepEqual(
        Object.keys(
          (rowOf(columns[name] as Columns, { ...event, unmapped: {} })["unmapped"] as object) ?? {},
        ),
        [],
      );
  });

  it("has every field of every document in a file of its class and day, sorted by time", async () => {
    await assertAllThere(documents);
    for (const file of files())
      assert.match(
        path.relative(folder, file),
        /^stack-\d{1,4}\/region=eu-central-1\/accountId=123456789012\/eventDay=\d{8}\/ocsf-events-1-9-\d+\.parquet$/,
      );
  });

  it(`loses nothing, whatever is in them: ${RANDOM} random documents`, async () => {
    const random = randomNumbers(21);
    await assertAllThere(
      Array.from({ length: RANDOM }, () =>
        distorted(documents[Math.floor(random() * documents.length)]!, random),
      ),
    );
  });

  async function assertAllThere(stored: readonly StoredDocument[]): Promise<void> {
    const read = await written(stored);
    const events = new Map<string, OcsfEvent[]>();
    for (const document of stored) {
      const { event } = eventOf(document);
      const day = new Date(event["time"] as number).toISOString().slice(0, 10).replaceAll("-", "");
      const key = `stack-${event["class_uid"]}/eventDay=${day}`;
      events.set(key, [...(events.get(key) ?? []), event]);
    }
    const rows = new Map<string, OcsfEvent[]>();
    for (const { name, rows: some, rowGroups, codecs } of read) {
      const [, source, day] = /(stack-\d+).*(eventDay=\d+)/.exec(name)!;
      rows.set(`${source}/${day}`, [...(rows.get(`${source}/${day}`) ?? []), ...some]);
      assert.deepEqual([rowGroups, codecs.length], [1, 1]);
      assert.equal(codecs[0], "zstdCompressSync" in zlib ? "ZSTD" : "GZIP");
    }
    assert.deepEqual([...rows.keys()].sort(), [...events.keys()].sort());
    const time = (event: OcsfEvent) => event["time"] as number;
    for (const [key, list] of events) {
      const sorted = list.sort((one, other) => time(one) - time(other));
      assert.equal(rows.get(key)!.length, sorted.length);
      for (const [i, event] of sorted.entries()) assertRowHas(rows.get(key)![i]!, event);
    }
  }

  it("has the same columns in every file of a class", async () => {
    const [first, second] = documents.filter((document) => eventOf(document).class === "detection");
    const columnsOf = async (document: StoredDocument) => {
      fs.rmSync(folder, { recursive: true, force: true });
      const [{ columns, types }] = (await written([document])) as [ParquetFile];
      return { columns, types };
    };
    assert.deepEqual(await columnsOf(first!), await columnsOf(second!));
  });

  it("gets the same names and the same rows when it is tried again", async () => {
    const before = await written(documents);
    assert.deepEqual(await written(documents), before);
  });

  it("is written in several files where much comes at once, and where one event is large", async () => {
    const long = structuredClone(documents.find((document) => eventOf(document).class === "detection")!);
    const message = "x".repeat(1.5 * 1024 * 1024);
    const read = await written([...Array.from({ length: 5 }, () => ({ ...long, message })), long]);
    assert.deepEqual(
      read.map(({ name, rows }) => [path.basename(name), rows.length]),
      [
        ["ocsf-events-1-9-1.parquet", 2],
        ["ocsf-events-1-9-2.parquet", 2],
        ["ocsf-events-1-9-3.parquet", 2],
      ],
    );
  });

  it("has a year that no partition can be named by on the day on which it was seen", async () => {
    const [document] = documents;
    const read = await written([{ ...document!, "@timestamp": "+012026-01-01T00:00:00Z" }]);
    assert.match(read[0]!.name, /eventDay=20261130/);
  });
});
