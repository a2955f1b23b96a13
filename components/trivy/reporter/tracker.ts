import type { Refusal, Settle } from "./bulk";
import type { PassContext } from "./pass-context";

/** Calls `onStored` once everything expected was stored, and never when a part was refused. */
export class Tracker {
  private pending = 0;
  private sealed = false;
  private refused = false;

  constructor(
    private readonly context: PassContext,
    private readonly onStored: () => void,
  ) {}

  expect(): Settle {
    this.pending += 1;
    return this.settle;
  }

  seal(): void {
    this.sealed = true;
    this.check();
  }

  readonly onLedger = (refusal?: Refusal): void => {
    if (refusal) this.context.refuse(refusal);
  };

  private readonly settle: Settle = (refusal) => {
    this.pending -= 1;
    if (refusal) {
      this.refused = true;
      this.context.refuse(refusal);
    }
    this.check();
  };

  private check(): void {
    if (this.sealed && this.pending === 0 && !this.refused) this.onStored();
  }
}
