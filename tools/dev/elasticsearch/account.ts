import { spawnSync } from "node:child_process";

/** Whom to run Elasticsearch as: nothing means as oneself. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Elasticsearch refuses to run as root; "nobody" will do. */
export function accountFor({ getuid }: Pick<NodeJS.Process, "getuid">): Account {
  return getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
}

/**
 * The distribution where the account can read it: root's cache folder is closed to all others, so there it is
 * copied by hard links, which costs no space.
 */
export function readableCopy(source: string, target: string, account: Account): string {
  if (account.uid === undefined) return source;
  const linked = spawnSync("cp", ["-al", source, target], { stdio: "ignore" }).status === 0;
  if (!linked && spawnSync("cp", ["-a", source, target], { stdio: "inherit" }).status !== 0)
    throw new Error(`could not copy ${source} to ${target}: is the disk full?`);
  return target;
}
