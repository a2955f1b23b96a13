import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "./fault";

/** Looks until `look` gives something other than false or undefined; an error thrown by it counts as "not yet". */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  let last: unknown;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(50)) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
  }
  const detail = last instanceof Error ? ` (${last.message})` : "";
  throw new Fault(`Waited ${timeoutMs / 1000} s for ${what}${detail}.`);
}
