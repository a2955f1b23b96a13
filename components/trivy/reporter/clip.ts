// Lucene refuses a keyword of more than 32766 bytes, and text in a report comes from an image or an object.
const MAX_TEXT = 2000;

/** A text of a report as it may be stored. */
export function clip(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}...`;
}
