import { runCommand } from "./stack-command";

/** `npm run up`: see `runCommand`. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand("up", args);
}
