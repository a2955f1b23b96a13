/** Why a run does not start or can't go on; printed without a stack trace. */
export class RunRefused extends Error {
  constructor(
    message: string,
    /** What to do about it. */
    readonly fix: string,
  ) {
    super(message);
  }
}
