import { runCommand } from "./stack-command";

/** `npm run preview`: see `runCommand`. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand("preview", args);
}
