import { createHash } from "node:crypto";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";

/** The checkout these tools belong to. */
export const checkout = resolve(__dirname, "..", "..", "..");

/** The folder for everything that is kept outside the checkout: SECURITY_STACK_CACHE, else the user's cache folder. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const { SECURITY_STACK_CACHE, XDG_CACHE_HOME } = env;
  if (SECURITY_STACK_CACHE) return resolve(SECURITY_STACK_CACHE);
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "security-stack");
}

/**
 * The folder of one checkout in the cache: its clusters and its Pulumi state. It is keyed by the checkout's real path, so two
 * checkouts never share anything in it. Only its owner can read it, since it holds keys.
 */
export function checkoutFolder(directory: string = checkout): string {
  const real = realpathSync(directory);
  const key = createHash("sha256").update(real).digest("hex").slice(0, 12);
  const folder = join(cacheRoot(), "checkouts", `${basename(real)}-${key}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "checkout.txt"), `${real}\n`);
  return folder;
}
