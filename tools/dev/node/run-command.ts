import { Fault } from "../cluster/fault";
import { runCommand } from "../toolchain/command";

/**
 * Runs a program to its end and gives what it printed.
 * @throws Fault with its last words where it fails
 */
export async function run(program: string, args: readonly string[], env = process.env): Promise<string> {
  const { code, stdout, stderr } = await runCommand(program, args, { env });
  if (code === 0) return stdout;
  throw new Fault(
    `${program} ${args.slice(0, 4).join(" ")} failed: ${(stderr || stdout).trim().slice(-800)}`,
    {
      where: `${program} ${args.join(" ")}`.slice(0, 300),
      fix: "Run `npm run stop`, then the command again; if it fails the same way, run that program by hand to see why.",
    },
  );
}
