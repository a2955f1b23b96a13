import pc from "picocolors";

/** Tells the user what goes on: on the error stream, so that what a command prints can be piped. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The same with the command's name before each line. */
export function sayAs(command: string): (line: string) => void {
  return (line) => say(`${pc.dim(command)} ${line}`);
}
