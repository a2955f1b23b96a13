import type { Destination, Taken } from "./forward";
import type { Portion } from "./position";

/** What becomes of a document: its line, or why it has none. */
export type ToLine = (document: unknown) => { line: string } | { refused: string };

/** Where objects are put under their names; one that is there is replaced. */
export interface Objects {
  put(name: string, content: Buffer): Promise<void>;
}

/** Of an object, before it is compressed; a longer line is one of its own. */
const PART_BYTES = 4 * 1024 * 1024;

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
    let lines: Buffer[] = [];
    let bytes = 0;
    let part = 0;
    const put = async () => {
      if (lines.length === 0) return;
      part += 1;
      await this.objects.put(this.nameOf(portion, part), Buffer.concat(lines, bytes));
      taken.sent += lines.length;
      lines = [];
      bytes = 0;
    };
    for await (const { place, document } of portion.documents) {
      const made = this.toLine(document);
      if ("refused" in made) {
        taken.refused.push(`${place}: ${made.refused}`);
        continue;
      }
      const line = Buffer.from(`${made.line}\n`);
      if (bytes + line.length > PART_BYTES) await put();
      lines.push(line);
      bytes += line.length;
    }
    await put();
    return taken;
  }

  private nameOf({ name, seenAt }: Portion, part: number): string {
    const [year, month, day, hour] = seenAt.split(/[-T:]/);
    return `year=${year}/month=${month}/day=${day}/hour=${hour}/${this.kind}-${name}-${part}.ndjson`;
  }
}
