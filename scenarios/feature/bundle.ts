import { nodeProgram } from "../../components/node-program/bundle";

/** Entry of the scenarios' runner. */
export const RUNNER_SOURCE = "scenarios/in-cluster/job-program.ts";

/**
 * What the Kubernetes client library has for other uses, and takes more room than a ConfigMap has: copies of files, proxies
 * and credentials of the user's machine. The runner has a token and the API server's address, and asks for none of them.
 */
export const RUNNER_ALIASES = {
  // node-fetch 2 takes URL from there only where Node has none (its lib/index.js).
  "whatwg-url": "node:url",
  "tar-fs": "node:stream",
  "socks-proxy-agent": "node:http",
  "jsonpath-plus": "node:path",
  "openid-client": "node:url",
};

/**
 * The scenarios' runner as one file for a stock Node image.
 * @throws Error of esbuild where a source is wrong
 */
export function runnerProgram(): string {
  return nodeProgram(RUNNER_SOURCE, RUNNER_ALIASES);
}
