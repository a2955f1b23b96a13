import type { IncomingMessage } from "node:http";

/**
 * The text of a request to a server of ours.
 * @param mostBytes It is read no further
 * @param tooLong Makes the error for a longer one
 * @throws what `tooLong` makes, and the connection's own error
 */
export async function requestBody(
  request: IncomingMessage,
  mostBytes: number,
  tooLong: () => Error,
): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostBytes) throw tooLong();
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes).toString("utf8");
}
