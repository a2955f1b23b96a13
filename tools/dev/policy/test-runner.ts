import * as path from "node:path";
import { Worker } from "node:worker_threads";

const ROOT = path.join(__dirname, "..", "..", "..");

// Tests of one policy take some milliseconds; a mutant that never ends is noticed too.
const TIMEOUT_MS = 60_000;

/** Runs bundles of tests in a worker thread, one after the other. */
export class TestRunner {
  private worker = start();

  /** True where all tests of the bundle pass; false where one fails, the bundle breaks, or it does not end. */
  async passes(bundle: string): Promise<boolean> {
    const { worker } = this;
    const passed = await new Promise<boolean | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
      const answer = (value: boolean | undefined) => {
        clearTimeout(timer);
        resolve(value);
      };
      worker.removeAllListeners();
      worker.once("message", answer);
      worker.once("error", () => answer(undefined));
      worker.once("exit", () => answer(undefined));
      worker.postMessage(bundle);
    });
    if (passed !== undefined) return passed;
    await this.stop();
    this.worker = start();
    return false;
  }

  async stop(): Promise<void> {
    this.worker.removeAllListeners();
    await this.worker.terminate();
  }
}

function start(): Worker {
  // The bundles lie outside of the checkout.
  const env = { ...process.env, NODE_PATH: path.join(ROOT, "node_modules") };
  return new Worker(path.join(__dirname, "mutant-worker.js"), { env, execArgv: [] });
}
