import { createHash } from "node:crypto";

/**
 * SHA-256 of plain data, for the pod annotation `checksum/config`: a changed ConfigMap changes the template,
 * and so rolls the pods, which otherwise would keep what they read at their start.
 */
export function checksum(data: unknown): string {
  return createHash("sha256").update(JSON.stringify(data)).digest("hex");
}
