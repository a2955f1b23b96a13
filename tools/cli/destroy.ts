import { runCommand } from "./stack-command";

/** `npm run destroy`: see `runCommand`. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand("destroy", args);
}
