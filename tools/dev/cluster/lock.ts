import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import { startTime } from "./processes";

const heartbeatMs = 1_000;

/**
 * Runs `work` while no other process does so under the same lock. A lock whose holder was killed is taken over after two
 * seconds; one whose holder lives is left alone, however busy the holder is.
 */
export function withLock<T>(file: string, purpose: string, work: () => Promise<T>): Promise<T> {
  return withLockOn(file, sayBusy(purpose), work);
}

/**
 * The same, with another word while it waits.
 * @param onWait called every 200 ms, with the number of tries before.
 */
export async function withLockOn<T>(
  file: string,
  onWait: (tries: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const release = await acquire(file, onWait);
  writeFileSync(holderFile(file), JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) }));
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Not for a moment's wait. */
function sayBusy(purpose: string): (tries: number) => void {
  return (tries) => {
    if (tries === 10)
      process.stderr.write(`Another run of this checkout is busy (${purpose}): waiting for it.\n`);
  };
}

async function acquire(file: string, onWait: (tries: number) => void): Promise<() => Promise<void>> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await lockfile.lock(file, {
        realpath: false,
        lockfilePath: file,
        update: heartbeatMs,
        stale: holderLives(file) ? 60 * heartbeatMs : 2 * heartbeatMs,
        onCompromised: () => process.stderr.write(`The lock ${file} was taken away while in use.\n`),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    }
    onWait(tries);
    await sleep(200);
  }
}

function holderLives(file: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(holderFile(file), "utf8")) as { pid: number; startedAt: string };
    return startTime(holder.pid) === holder.startedAt;
  } catch {
    return false;
  }
}

function holderFile(file: string): string {
  return `${file}.holder`;
}
