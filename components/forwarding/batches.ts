/** What one request or one object takes at most. */
export interface BatchLimits {
  bytes: number;
  /** As many as fit by their bytes where it is left out. */
  items?: number;
}

/**
 * Items in their order, as many at a time as fit; one that is larger than that is alone.
 * @param sizeOf Bytes of one
 */
export async function* batchesOf<Item>(
  items: AsyncIterable<Item>,
  limits: BatchLimits,
  sizeOf: (item: Item) => number,
): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    const size = sizeOf(item);
    if (batch.length > 0 && (batch.length === limits.items || bytes + size > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
