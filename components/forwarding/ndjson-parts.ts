import { batchesOf } from "./batches";
import type { Destination, Taken } from "./forward";
import type { Portion } from "./position";

/** What becomes of a document: its line, or why it has none. */
export type ToLine = (document: unknown) => { line: string } | { refused: string };

/** Where objects are put under their names; one that is there is replaced. */
export interface Objects {
  put(name: string, content: Buffer): Promise<void>;
}

/** An object, before it is compressed. */
const PART = { bytes: 4 * 1024 * 1024 };

/**
 * Objects of a JSON document per line, below `year=/month=/day=/hour=` in UTC. What is tried again gets the same names: it
 * replaces what is there.
 */
export class NdjsonObjects implements Destination {
  constructor(
    /** Begin of the names: "documents". */
    private readonly kind: string,
    private readonly toLine: ToLine,
    private readonly objects: Objects,
  ) {}

  async take(portion: Portion): Promise<Taken> {
    const taken: Taken = { sent: 0, refused: [] };
    let part = 0;
    for await (const lines of batchesOf(this.linesOf(portion, taken), PART, ({ length }) => length)) {
      part += 1;
      await this.objects.put(this.nameOf(portion, part), Buffer.concat(lines));
      taken.sent += lines.length;
    }
    return taken;
  }

  private async *linesOf({ documents }: Portion, { refused }: Taken): AsyncGenerator<Buffer> {
    for await (const { place, document } of documents) {
      const made = this.toLine(document);
      if ("refused" in made) refused.push(`${place}: ${made.refused}`);
      else yield Buffer.from(`${made.line}\n`);
    }
  }

  private nameOf({ name, seenAt }: Portion, part: number): string {
    const [year, month, day, hour] = seenAt.split(/[-T:]/);
    return `year=${year}/month=${month}/day=${day}/hour=${hour}/${this.kind}-${name}-${part}.ndjson`;
  }
}
