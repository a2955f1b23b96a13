import pc from "picocolors";
import type { KafkaOutageResult } from "../../test/rigs/kafka/kafka-outage";
import type { OutageResult } from "../../test/rigs/pipeline/outage";
import type { OutagePart } from "../../test/rigs/response/notification-outage";
import { newTable } from "../dev/table";

/** A row of what a soak counted. */
interface Row {
  name: string;
  count: number | string;
  mustBe: number | string;
  held: boolean;
}

/** Prints what became of an outage without Kafka. @returns exit code */
export function reportOutage(result: OutageResult): number {
  const rows = outageRows(result);
  printRows("after the outage", rows);
  return verdict(allHeld(rows), [result]);
}

/** Prints what became of the outages with Kafka in between, and beside it of the one without. @returns exit code */
export function reportKafka(withKafka: KafkaOutageResult, without: OutageResult): number {
  const [ours, others] = [kafkaRows(withKafka), outageRows(without)];
  const table = newTable(["after the outages", "with Kafka", "must be", "without Kafka", "must be"]);
  const cells = (row: Row | undefined) => (row ? [row.count, row.mustBe] : ["", ""]);
  const names = new Set([...ours, ...others].map(({ name }) => name));
  for (const name of names) {
    const of = (rows: readonly Row[]) => cells(rows.find((row) => row.name === name));
    table.push([name, ...of(ours), ...of(others)]);
  }
  console.log(table.toString());
  return verdict(allHeld(ours) && allHeld(others), [withKafka, without]);
}

/** Prints whom the messages of an outage reached. @param mostExtra messages too many that are let pass. @returns exit code */
export function reportNotifications(parts: readonly OutagePart[], mostExtra: number): number {
  const table = newTable(["killed and away", "groups at every receiver", "messages too many", "seconds"]);
  for (const { part, groups, arrived, extra, seconds } of parts)
    table.push([part, `${arrived} of ${groups}`, `${extra} of at most ${mostExtra}`, seconds.toFixed(1)]);
  console.log(table.toString());
  const held = parts.every(({ groups, arrived, extra }) => arrived === groups && extra <= mostExtra);
  console.log(held ? pc.green("every group arrived") : pc.red("NOT every group arrived"));
  return held ? 0 : 1;
}

function outageRows(result: OutageResult): Row[] {
  return [
    ...deliveryRows(result),
    { name: "renames of the file", count: result.rotations, mustBe: "any", held: true },
    some("refused by the gateway's full queue, sent again", result.refusedByGateway),
    some("refused by the node's full queue, sent again", result.refusedByNode),
    {
      name: "the gateway's disk was full",
      count: result.diskWasFull ? "yes" : "no",
      mustBe: "no",
      held: !result.diskWasFull,
    },
  ];
}

function kafkaRows(result: KafkaOutageResult): Row[] {
  const { sink, leaders } = result;
  const [before, after] = [leaders.before.join(" "), leaders.after.join(" ")];
  return [
    ...deliveryRows(result),
    none("lines that the gateway gave up", result.givenUp),
    some("records unread at the worst", result.greatestLag),
    none("records unread at the end", result.lag),
    { name: "leaders of the partitions before", count: before, mustBe: "", held: true },
    { name: "and after they were moved", count: after, mustBe: "others", held: before !== after },
    equal("documents at a sink whose receiver was away", sink.received, result.delivery.written),
    some("records unread by it after the first of two parts", sink.unread.sink),
    {
      name: "and by the indexer beside it",
      count: sink.unread.indexer,
      mustBe: `at most ${sink.unread.sink}`,
      held: sink.unread.indexer <= sink.unread.sink,
    },
    none("records unread by it at the end", sink.lag),
  ];
}

function deliveryRows({ delivery, repeated, drainSeconds }: OutageResult | KafkaOutageResult): Row[] {
  const { written, found, missing, doubled } = delivery;
  return [
    { name: "lines written", count: written, mustBe: "", held: true },
    equal("documents found", found, written),
    none("lines without a document (the first 20)", missing.length),
    none("documents beyond a line's first", doubled),
    { name: "documents sent again, known by their _id", count: repeated, mustBe: "any", held: true },
    { name: "seconds until all were found", count: drainSeconds.toFixed(1), mustBe: "", held: true },
  ];
}

function equal(name: string, count: number, mustBe: number): Row {
  return { name, count, mustBe, held: count === mustBe };
}

function none(name: string, count: number): Row {
  return equal(name, count, 0);
}

function some(name: string, count: number): Row {
  return { name, count, mustBe: "> 0", held: count > 0 };
}

function printRows(title: string, rows: readonly Row[]): void {
  const table = newTable([title, "count", "must be"]);
  for (const { name, count, mustBe } of rows) table.push([name, count, mustBe]);
  console.log(table.toString());
}

function allHeld(rows: readonly Row[]): boolean {
  return rows.every(({ held }) => held);
}

function verdict(held: boolean, results: readonly (OutageResult | KafkaOutageResult)[]): number {
  console.log(
    held ? pc.green("every line was found exactly once") : pc.red("NOT every line was found exactly once"),
  );
  for (const { delivery } of results)
    if (delivery.missing.length > 0)
      console.log(`first lines without a document: ${delivery.missing.join(", ")}`);
  return held ? 0 : 1;
}
