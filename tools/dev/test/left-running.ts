import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 20;
const PATIENCE_MS = 5_000;
const BUSY = 0.9;

/**
 * Fails a file of tests that leaves a loop turning: its process goes on with other files, and one of the machine's cores is
 * gone for all that come after it. Nobody sees that but by the clock.
 */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (await isBusy())
      if (Date.now() > deadline)
        throw new Error(
          "Something in this file still runs without a pause: end every loop that waits for a condition.",
        );
  },
};

/** Whether this process had something to do all the time of a short look. */
async function isBusy(): Promise<boolean> {
  const before = performance.eventLoopUtilization();
  await sleep(LOOK_MS);
  return performance.eventLoopUtilization(before).utilization > BUSY;
}
