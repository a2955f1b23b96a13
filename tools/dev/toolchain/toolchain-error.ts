/** A tool could not be had: says what failed, where, and what the reader can do about it. */
export class ToolchainError extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly fix: string,
  ) {
    super(`${what}\n  where: ${where}\n  fix:   ${fix}`);
    this.name = "ToolchainError";
  }
}

/** The message of anything thrown, on one line where it has only one. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
