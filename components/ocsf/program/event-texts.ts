import type { Conversion } from "../../documents/ocsf/convert";
import { parsed } from "../../node-program/http-client";

/** Of what a broker takes by default in one message (`message.max.bytes`, 1 MiB), with room for its own overhead. */
const RECORD_BYTES = 900_000;

/** What documents became. */
export interface EventTexts {
  /** Each of JSON, in the order of the documents. */
  events: string[];
  /** Why the others are none. */
  refused: string[];
}

/**
 * Makes events of the texts of documents. One that is too long for a record goes without what OCSF has no field for: whoever
 * writes a long line hides no event by it.
 * @param convert Never throws.
 */
export function eventTexts(texts: readonly string[], convert: (document: unknown) => Conversion): EventTexts {
  const made: EventTexts = { events: [], refused: [] };
  for (const text of texts) {
    const conversion = convert(parsed(text));
    const event = "refused" in conversion ? undefined : fitting(conversion.event);
    if (event !== undefined) made.events.push(event);
    else made.refused.push("refused" in conversion ? conversion.refused : "longer than a record of Kafka");
  }
  return made;
}

function fitting(event: Readonly<Record<string, unknown>>): string | undefined {
  const { unmapped: _, ...mapped } = event;
  return [event, mapped].map((one) => JSON.stringify(one)).find(fits);
}

function fits(text: string): boolean {
  return text.length * 3 <= RECORD_BYTES || Buffer.byteLength(text) <= RECORD_BYTES;
}
