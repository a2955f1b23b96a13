import type { BulkItem, Store } from "./elasticsearch";
import { Backoff, isTransient, type RetryPolicy } from "./retry";

/** One operation of a `_bulk` request. `index` writes a whole document, `update` some fields of one that is there. */
export interface Operation {
  action: "index" | "update";
  id: string;
  document: object;
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
  lines: string;
  settle: Settle;
}

export interface BulkOptions {
  /** Bytes of a request. */
  maxBytes: number;
  /** Requests under way at once; with `maxBytes`, the memory that writing takes. */
  maxInFlight: number;
}

const DEFAULTS: BulkOptions = { maxBytes: 3 * 1024 * 1024, maxInFlight: 2 };

/**
 * Gathers operations into `_bulk` requests. What Elasticsearch has no room for (429) is sent again, alone; what
 * it refuses is told and does not hold up the rest; when it does not answer, the first error ends the writer.
 */
export class BulkWriter {
  documents = 0;
  bytes = 0;
  private buffer: Entry[] = [];
  private bufferedBytes = 0;
  private readonly inFlight = new Set<Promise<void>>();
  private failure: unknown;

  constructor(
    private readonly store: Store,
    private readonly policy: RetryPolicy,
    private readonly options: BulkOptions = DEFAULTS,
  ) {}

  /** Adds an operation without waiting, for the few that follow from answers. */
  enqueue({ action, id, document }: Operation, settle: Settle): void {
    const header = JSON.stringify({ [action]: { _id: id } });
    const body = JSON.stringify(action === "update" ? { doc: document } : document);
    const lines = `${header}\n${body}\n`;
    this.buffer.push({ id, update: action === "update", lines, settle });
    this.bufferedBytes += lines.length;
  }

  /** Adds an operation, and waits while as much is under way as may be. */
  async add(operation: Operation, settle: Settle): Promise<void> {
    this.enqueue(operation, settle);
    if (this.bufferedBytes >= this.options.maxBytes) await this.flush(false);
  }

  /** Sends all that is left, including what answers add; then all of it can be searched. */
  async drain(): Promise<void> {
    while (this.buffer.length > 0 || this.inFlight.size > 0) {
      await Promise.all(this.inFlight);
      await this.flush(true);
    }
    this.throwFailure();
  }

  private async flush(refresh: boolean): Promise<void> {
    while (this.inFlight.size >= this.options.maxInFlight) await Promise.race(this.inFlight);
    this.throwFailure();
    if (this.buffer.length === 0) return;
    const entries = this.buffer;
    this.buffer = [];
    this.bufferedBytes = 0;
    const sending = this.send(entries, refresh)
      .catch((error) => {
        this.failure ??= error;
      })
      .finally(() => this.inFlight.delete(sending));
    this.inFlight.add(sending);
  }

  private async send(entries: Entry[], refresh: boolean): Promise<void> {
    const backoff = new Backoff(this.policy, "Elasticsearch");
    let left = entries;
    for (;;) {
      const body = left.map((entry) => entry.lines).join("");
      const items = await this.store.bulk(body, refresh);
      if (items.length !== left.length)
        throw new Error(`_bulk answered ${items.length} items to ${left.length} operations`);
      this.bytes += Buffer.byteLength(body);
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
