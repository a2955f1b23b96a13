import type { BulkItem, Store } from "./findings-store";
import { Backoff, isTransient, type RetryPolicy } from "./retry";

/** One operation of a `_bulk` request. `index` writes a whole document, `update` some fields of one that is there. */
export interface Operation {
  action: "index" | "update";
  /** As it is in JSON: what the reporter makes ids of needs no quoting. */
  id: string;
  /** Or its JSON, on one line. */
  document: object | string;
}

/** Why Elasticsearch refused a document, and would again. */
export interface Refusal {
  id: string;
  reason: string;
}

/** Told once for every operation: refused, or stored. */
export type Settle = (refusal?: Refusal) => void;

interface Entry {
  id: string;
  update: boolean;
  /** Where its lines begin and end in the request. */
  start: number;
  end: number;
  settle: Settle;
}

export interface BulkOptions {
  /** Bytes of a request. */
  maxBytes: number;
  /** Requests under way at once; with `maxBytes`, the memory that writing takes. */
  maxInFlight: number;
}

const DEFAULTS: BulkOptions = { maxBytes: 3 * 1024 * 1024, maxInFlight: 2 };
/** Of a request beyond `maxBytes`, for the operation that fills it; a longer one makes it grow. */
const ROOM = 64 * 1024;

/** The body of a request while it grows: bytes outside of the heap, which the garbage collector never copies. */
class Batch {
  readonly entries: Entry[] = [];
  private buffer: Buffer;
  private used = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafeSlow(size);
  }

  get bytes(): number {
    return this.used;
  }

  append({ action, id, document }: Operation, settle: Settle): void {
    const update = action === "update";
    const json = typeof document === "string" ? document : JSON.stringify(document);
    const lines = `{"${action}":{"_id":"${id}"}}\n${update ? `{"doc":${json}}` : json}\n`;
    const start = this.used;
    // At most three bytes for a unit of UTF-16.
    if (this.buffer.length - start < 3 * lines.length) this.grow(3 * lines.length);
    this.used += this.buffer.write(lines, start);
    this.entries.push({ id, update, start, end: this.used, settle });
  }

  /** The lines of all entries, or of some, in their order. */
  body(entries: readonly Entry[]): Buffer {
    if (entries.length === this.entries.length) return this.buffer.subarray(0, this.used);
    return Buffer.concat(entries.map(({ start, end }) => this.buffer.subarray(start, end)));
  }

  private grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(this.buffer.length + bytes);
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
}

/**
 * Gathers operations into `_bulk` requests. What Elasticsearch has no room for (429) is sent again, alone; what
 * it refuses is told and does not hold up the rest; when it does not answer, the first error ends the writer.
 */
export class BulkWriter {
  documents = 0;
  bytes = 0;
  private batch: Batch | undefined;
  private readonly inFlight = new Set<Promise<void>>();
  private failure: unknown;

  constructor(
    private readonly store: Store,
    private readonly policy: RetryPolicy,
    private readonly options: BulkOptions = DEFAULTS,
  ) {}

  /** Adds an operation without waiting: for the few that follow from answers, or before {@link makeRoom}. */
  enqueue(operation: Operation, settle: Settle): void {
    this.batch ??= new Batch(this.options.maxBytes + ROOM);
    this.batch.append(operation, settle);
  }

  /** True when what was added is a request, for which {@link makeRoom} is to be waited for. */
  get isFull(): boolean {
    return (this.batch?.bytes ?? 0) >= this.options.maxBytes;
  }

  /** Sends what was added, once less is under way than may be. */
  async makeRoom(): Promise<void> {
    await this.flush(false);
  }

  /** Adds an operation, and waits while as much is under way as may be. */
  async add(operation: Operation, settle: Settle): Promise<void> {
    this.enqueue(operation, settle);
    if (this.isFull) await this.makeRoom();
  }

  /** Sends all that is left, including what answers add; then all of it can be searched. */
  async drain(): Promise<void> {
    while (this.batch || this.inFlight.size > 0) {
      await Promise.all(this.inFlight);
      await this.flush(true);
    }
    this.throwFailure();
  }

  private async flush(refresh: boolean): Promise<void> {
    while (this.inFlight.size >= this.options.maxInFlight) await Promise.race(this.inFlight);
    this.throwFailure();
    const { batch } = this;
    if (!batch) return;
    this.batch = undefined;
    const sending = this.send(batch, refresh)
      .catch((error) => {
        this.failure ??= error;
      })
      .finally(() => this.inFlight.delete(sending));
    this.inFlight.add(sending);
  }

  private async send(batch: Batch, refresh: boolean): Promise<void> {
    const backoff = new Backoff(this.policy, "Elasticsearch");
    let left: readonly Entry[] = batch.entries;
    for (;;) {
      const body = batch.body(left);
      const items = await this.store.bulk(body, refresh);
      if (items.length !== left.length)
        throw new Error(`_bulk answered ${items.length} items to ${left.length} operations`);
      this.bytes += body.length;
      left = left.filter((entry, i) => !this.settle(entry, items[i]!));
      if (left.length === 0) return;
      await backoff.wait(`${left.length} documents were put off`);
    }
  }

  /** False when the operation is to be sent again. */
  private settle(entry: Entry, { status, error }: BulkItem): boolean {
    if (isTransient(status)) return false;
    // A document to update that is not there has nothing left to close.
    if (status < 300 || (status === 404 && entry.update)) {
      this.documents += 1;
      entry.settle();
    } else entry.settle({ id: entry.id, reason: `${error?.type ?? status}: ${error?.reason ?? ""}` });
    return true;
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure;
  }
}
