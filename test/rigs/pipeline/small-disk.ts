import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";

/** A program and its arguments. */
export type Command = [program: string, ...args: string[]];

/**
 * A folder with a file system of a few megabytes, to see that what is on it stays within. It is a tmpfs in a mount namespace
 * of its own, so it needs no root: who is to see it is started through {@link enter}. It outlives the programs in
 * it, and ends with this process.
 */
export class SmallDisk {
  private constructor(private readonly holder: ChildProcess) {}

  /** @throws where the system allows no user namespaces. */
  static async create(folder: string, megabytes: number): Promise<SmallDisk> {
    mkdirSync(folder, { recursive: true });
    // `cat` ends when this process does, and the file system with it.
    const script = 'mount -t tmpfs -o size="$1"m,mode=0700 tmpfs "$2" && echo mounted && exec cat';
    const holder = spawn(
      "unshare",
      ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", String(megabytes), folder],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await Promise.race([once(holder.stdout, "data"), once(holder, "exit")]);
    if (holder.exitCode !== null)
      throw new Error(
        "could not mount a small file system for the queue: user namespaces must be allowed (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)",
      );
    return new SmallDisk(holder);
  }

  /** The command that runs another one where it sees the disk. */
  enter(command: Command): Command {
    const target = String(this.holder.pid);
    return ["nsenter", "--preserve-credentials", "--user", "--mount", "--target", target, "--", ...command];
  }

  async remove(): Promise<void> {
    if (this.holder.exitCode !== null) return;
    const gone = once(this.holder, "exit");
    this.holder.stdin?.end();
    await gone;
  }
}
