import { cacheRoot } from "../cluster/folders";
import type { Reporter } from "./progress";
import { stderrReporter } from "./progress";

/** Everything the toolchain takes from its surroundings, in one place so that tests can hand in their own. */
export interface Settings {
  cacheRoot: string;
  /** Folders searched for programs that are installed already. */
  pathFolders: readonly string[];
  /** Node's "<platform>-<arch>". */
  platform: string;
  /** No official downloads: take what is there or build it. */
  offline: boolean;
  /** How long a host may take to answer a download. */
  connectTimeoutMs: number;
  env: NodeJS.ProcessEnv;
  report: Reporter;
}

/** The settings of this process: SECURITY_STACK_CACHE and SECURITY_STACK_OFFLINE are the two that a user sets. */
export function settingsFromEnvironment(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    cacheRoot: cacheRoot(env),
    pathFolders: (env["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/")),
    platform: `${process.platform}-${process.arch}`,
    offline: !["", "0", "false"].includes(env["SECURITY_STACK_OFFLINE"] ?? ""),
    connectTimeoutMs: 5_000,
    env,
    report: stderrReporter(),
  };
}
