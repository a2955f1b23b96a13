/** A step as it went. */
export interface StepResult {
  what: string;
  startedAt: string;
  ok: boolean;
  /** Exit code, and what it printed, shortened. */
  detail: string;
  /** Of a request that has to be refused. */
  answer?: Answer;
}

/** `no such kind`: the cluster does not know what was asked for, so that nobody had to refuse it. */
export type Answer = "refused" | "let through" | "no such kind";
