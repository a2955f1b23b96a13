/** An error for the person at the terminal: what is wrong, where, and what to do. Never shown with a stack trace. */
export class Fault extends Error {
  /** A file, a folder or an address to look at. */
  readonly where?: string;
  /** What to do, as a sentence. */
  readonly fix?: string;

  constructor(message: string, details: { where?: string; fix?: string } = {}) {
    super(message);
    this.name = "Fault";
    this.where = details.where;
    this.fix = details.fix;
  }
}
