import type { CollectorFragment } from "../../../components/documents/documents";
import { gatekeeperCollector } from "../../../components/gatekeeper/gatekeeper-collector";
import { accessLogCollector } from "../../../components/istio/access-log-collector";
import { logFolder } from "../../../test/rigs/pod-logs";
import type { Line } from "./line";

const AUDITED = "violation_audited";

/**
 * The sample violations: those of audits in each of the last hours, though half of them were not there before, and one is
 * mended; those of requests once every hour, in turn.
 */
export function violations(hours: number, hoursAgo: (hours: number) => Date): Line[] {
  const texts = textsOf(gatekeeperCollector);
  const audited = texts.filter((text) => text.includes(AUDITED));
  const asked = texts.filter((text) => !text.includes(AUDITED));
  return Array.from({ length: hours }, (_, hour) => hour).flatMap((hour) => {
    const present = audited.filter((_, i) => (i === 0 ? hour > 5 : i % 2 === 0 || hour < 8));
    const lines = [...present, asked[hour % asked.length]!];
    return lines.map((text, i) =>
      at(gatekeeperCollector, text, new Date(hoursAgo(hour + 0.1).getTime() + i)),
    );
  });
}

/** The sample connections one after the other, each at its time. */
export function connections(count: number, time: (i: number) => Date): Line[] {
  const texts = textsOf(accessLogCollector);
  return Array.from({ length: count }, (_, i) => at(accessLogCollector, texts[i % texts.length]!, time(i)));
}

function textsOf({ samples }: CollectorFragment): string[] {
  return samples().flatMap(({ lines }) => lines);
}

/** The line as if it had been written at another time, which it has before its object and in it. */
function at(collector: CollectorFragment, text: string, time: Date): Line {
  const [sample] = collector.samples();
  if (!sample) throw new Error(`${collector.tool} has no samples`);
  const [, stream = "", json = ""] = /^\S+ (std\w+ F) (.*)$/.exec(text) ?? [];
  const object = JSON.parse(json) as { ts?: number };
  const moved = object.ts === undefined ? object : { ...object, ts: time.getTime() / 1000 };
  return {
    tool: collector.tool,
    folder: logFolder(collector.tool, sample),
    file: sample.file,
    text: `${time.toISOString()} ${stream} ${JSON.stringify(moved)}`,
  };
}
