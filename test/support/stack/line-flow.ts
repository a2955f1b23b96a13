import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";
import { falcoLine } from "../../rigs/pipeline/sensor-logs";
import { until } from "./objects";

/** Of a flow's lines. */
const MOST = 1_000_000;

/** Lines that a sensor would write to its log on a node, at a steady pace; each is told from the others by its number. */
export class LineFlow {
  written = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly file: string;

  /**
   * @param logFolder the host's path of the node's /var/log
   * @param first number of its first line: another one than that of other flows of the same cluster, by a million
   */
  constructor(
    logFolder: string,
    private readonly first = 0,
  ) {
    const folder = join(logFolder, "security", "falco");
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, "events.log");
  }

  /** @param perSecond at most 1000 */
  start(perSecond: number): void {
    this.timer = setInterval(() => this.write(), 1000 / perSecond);
  }

  private write(): void {
    appendFileSync(this.file, `${falcoLine({ sequence: this.first + this.written++ })}\n`);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /**
   * Waits until every line that was written by now is a document.
   * @returns how many of them were found more than once
   * @throws where lines are missing after the time limit (ms), with their numbers
   */
  async allArrived(client: ElasticsearchClient, limit = 120_000): Promise<number> {
    const { first } = this;
    const wanted = Array.from({ length: this.written }, (_, number) => first + number);
    const look = async () => {
      const found = (await numbersIn(client)).filter((one) => one >= first && one < first + MOST);
      const distinct = new Set(found);
      return {
        missing: wanted.filter((number) => !distinct.has(number)),
        twice: found.length - distinct.size,
      };
    };
    const arrived = await until(
      `${wanted.length} lines in Elasticsearch`,
      look,
      ({ missing }) => missing.length === 0,
      limit,
    );
    return arrived.twice;
  }
}

async function numbersIn(client: ElasticsearchClient): Promise<number[]> {
  const sources = await client.sources("security-events", "message");
  return sources.flatMap(({ message }) => {
    const [, number] = / sequence=(\d+)/.exec(String(message)) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}
