import * as zlib from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { OCSF_CLASSES } from "../../documents/ocsf/classes";
import type { Conversion, OcsfEvent } from "../../documents/ocsf/convert";
import type { Destination, Taken } from "../../forwarding/forward";
import type { Objects } from "../../forwarding/ndjson-parts";
import type { Portion } from "../../forwarding/position";
import CLASS_COLUMNS from "./class-columns.json";
import { type Columns, parquetSchema, rowOf, UNMAPPED } from "./parquet-columns";

/** What Security Lake's partitions are named by. */
export interface Lake {
  /** Begin of the names of its custom sources, of which each class has one: `<source>-<class_uid>`. */
  source: string;
  /** Of the bucket. */
  region: string;
  /** An account of AWS, or `external` and what the guide allows after it. */
  accountId: string;
}

/** Of events, as JSON, that wait for their objects. */
const HELD_BYTES = 8 * 1024 * 1024;

/** Events of one class and one day. */
interface Group {
  class: keyof typeof OCSF_CLASSES;
  day: string;
  events: OcsfEvent[];
  bytes: number;
  /** Of its last object in this portion. */
  part: number;
}

/**
 * Objects in Parquet as Amazon Security Lake takes them of custom sources (user guide, "Collecting data from custom sources"): of
 * one class each, below `region=/accountId=/eventDay=` with the day of the events in UTC, sorted by time, in one row group with
 * pages of at most 1 MiB. What is tried again gets the same names: it replaces what is there.
 */
export class ParquetObjects implements Destination {
  constructor(
    private readonly lake: Lake,
    private readonly convert: (document: unknown) => Conversion,
    private readonly objects: Objects,
  ) {}

  async take(portion: Portion): Promise<Taken> {
    const taken: Taken = { sent: 0, refused: [] };
    const groups = new Map<string, Group>();
    let held = 0;
    const put = async (group: Group) => {
      group.part += 1;
      await this.objects.put(this.nameOf(group, portion), parquetOf(group));
      taken.sent += group.events.length;
      held -= group.bytes;
      Object.assign(group, { events: [], bytes: 0 });
    };
    for await (const { place, document } of portion.documents) {
      const made = this.convert(document);
      if ("refused" in made) {
        taken.refused.push(`${place}: ${made.refused}`);
        continue;
      }
      const bytes = JSON.stringify(made.event).length;
      if (held > 0 && held + bytes > HELD_BYTES) await put(largest(groups));
      const group = groupOf(groups, made.class, eventDay(made.event, portion.seenAt));
      group.events.push(made.event);
      group.bytes += bytes;
      held += bytes;
    }
    for (const group of groups.values()) if (group.events.length > 0) await put(group);
    return taken;
  }

  private nameOf(group: Group, { name }: Portion): string {
    const { source, region, accountId } = this.lake;
    const { uid } = OCSF_CLASSES[group.class];
    return `${source}-${uid}/region=${region}/accountId=${accountId}/eventDay=${group.day}/ocsf-${name}-${group.part}.parquet`;
  }
}

function groupOf(groups: Map<string, Group>, name: Group["class"], day: string): Group {
  const key = `${name} ${day}`;
  const group = groups.get(key) ?? { class: name, day, events: [], bytes: 0, part: 0 };
  groups.set(key, group);
  return group;
}

function largest(groups: Map<string, Group>): Group {
  return [...groups.values()].reduce((most, one) => (one.bytes > most.bytes ? one : most));
}

/** `yyyyMMdd` of its time in UTC; of a year that has not four digits, that of the day on which it was seen. */
function eventDay(event: OcsfEvent, seenAt: string): string {
  const iso = new Date(timeOf(event)).toISOString();
  const [day] = (/^\d{4}-/.test(iso) ? iso : seenAt).split("T");
  return day!.replaceAll("-", "");
}

function timeOf(event: OcsfEvent): number {
  return event["time"] as number;
}

/** The file: every one of a class has the same columns, whether they have values or not. */
function parquetOf(group: Group): Buffer {
  const columns: Columns = (CLASS_COLUMNS as Record<Group["class"], Columns>)[group.class];
  const events = group.events.sort((one, other) => timeOf(one) - timeOf(other));
  const rows = events.map((event) => rowOf(columns, event));
  const names = [...Object.keys(columns), UNMAPPED];
  return Buffer.from(
    parquetWriteBuffer({
      ...COMPRESSION,
      schema: parquetSchema(columns),
      rowGroupSize: rows.length,
      columnData: names.map((name) => ({ name, data: rows.map((row) => row[name]) })),
    }),
  );
}

type Compress = (content: Uint8Array) => Buffer;

/** Zstandard, which Security Lake prefers, from Node 22.15 on, as the pods have it; gzip with an older one. */
const COMPRESSION = compression({ ...zlib });

function compression(library: { gzipSync: Compress; zstdCompressSync?: Compress }) {
  const { gzipSync, zstdCompressSync } = library;
  return zstdCompressSync
    ? { codec: "ZSTD" as const, compressors: { ZSTD: (content: Uint8Array) => zstdCompressSync(content) } }
    : { codec: "GZIP" as const, compressors: { GZIP: (content: Uint8Array) => gzipSync(content) } };
}
