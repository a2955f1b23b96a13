import { setTimeout as sleep } from "node:timers/promises";
import { shownError } from "../../core/config/shown-error";
import { ConnectionError } from "../../node-program/http-client";
import type { ElasticObject } from "../objects/object";
import { PROVISIONER, privilegesFor } from "../roles";
import type { Server } from "./ask";
import { findConflicts, wantedIndices } from "./conflicts";
import { type Existing, Refused, readExisting } from "./existing";

export interface PreflightOptions {
  /** What is going to be made. */
  objects: readonly ElasticObject[];
  /** Milliseconds to wait for an Elasticsearch that does not know the user yet; less for one that does not answer. */
  patienceMs: number;
  /** An Elasticsearch that can't be reached is a warning: in a preview, which is then made without it. */
  mayBeAway: boolean;
  /** Takes one line for each thing that is worth knowing. */
  warn: (line: string) => void;
}

const INTERVAL_MS = 2_000;
/** A port-forward itself waits a minute for its pod. */
const AWAY_MS = 20_000;

/**
 * Looks, before anything is made inside an Elasticsearch, whether it can be: reached, trusted, logged in to, with the
 * rights that it takes, and with nothing of somebody else in the way. Changes nothing.
 * @throws with all that is wrong and what to do about it
 */
export async function preflight(server: Server, options: PreflightOptions): Promise<void> {
  const { objects, warn } = options;
  const wanted = wantedIndices(objects);
  const names = wanted.map(({ name }) => name);
  const existing = await inTime(
    () => readExisting(server, names, privilegesFor(objects, names)),
    server,
    options,
  );
  if (!existing) return;
  if (existing.lacking.length > 0)
    throw shownError(
      `The user "${server.username}" may not make what is wanted in ${where(server)}: it lacks ${existing.lacking.join(", ")}. Give it these privileges, or name another user (output.elasticsearch.objects.username).`,
    );
  const { errors, warnings } = findConflicts(wanted, existing);
  for (const warning of warnings) warn(`In ${where(server)}, ${warning}.`);
  if (errors.length > 0)
    throw shownError(
      [`In ${where(server)} something is in the way:`, ...errors.map((e) => `- ${e}.`)].join("\n"),
    );
}

/** What is there, or undefined where that can't and need not be known. */
async function inTime(
  read: () => Promise<Existing>,
  server: Server,
  { patienceMs, mayBeAway, warn }: PreflightOptions,
): Promise<Existing | undefined> {
  const began = Date.now();
  for (;;) {
    const problem = await read().catch((error: unknown) => problemOf(error, server));
    if (!("says" in problem)) return problem;
    if (Date.now() + INTERVAL_MS > began + Math.min(patienceMs, problem.worthMs)) {
      if (!mayBeAway || !problem.isAway) throw shownError(problem.says);
      warn(`${problem.says} The preview goes on without knowing what is there.`);
      return undefined;
    }
    await sleep(INTERVAL_MS);
  }
}

interface Problem {
  says: string;
  /** Nothing answers there. */
  isAway: boolean;
  /** Milliseconds of waiting that it is worth at most; 0 where that won't help. */
  worthMs: number;
}

/** What to do about a password that is refused: that of the program's own user, and that of the config. */
const NOT_YET = "ECK has not brought the new one to it yet, so run this again";
const PASSWORD = 'put output.elasticsearch.objects.password right with "pulumi config set --secret --path"';

/** Codes of Node's TLS begin or end like this: UNABLE_TO_VERIFY_LEAF_SIGNATURE, DEPTH_ZERO_SELF_SIGNED_CERT and the like. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;

function problemOf(error: unknown, server: Server): Problem {
  const at = where(server);
  if (error instanceof Refused) {
    if (error.status === 401)
      return {
        says: `${at} refuses the password of the user "${server.username}" (401): ${server.username === PROVISIONER ? NOT_YET : PASSWORD}.`,
        isAway: false,
        worthMs: Number.POSITIVE_INFINITY,
      };
    const isBusy = error.status === 429 || error.status >= 500;
    return {
      says: `${at} answered ${error.status}${isBusy ? ": see whether it is healthy" : ", as no Elasticsearch does: see what listens there (output.elasticsearch.objects.endpoints)"}.`,
      isAway: isBusy,
      worthMs: isBusy ? AWAY_MS : 0,
    };
  }
  if (!(error instanceof ConnectionError)) throw error;
  const { code } = error;
  if (UNTRUSTED.test(code))
    return {
      says: `The certificate of ${at} is not trusted (${code}): set output.elasticsearch.objects.caCertificate to that of its CA.`,
      isAway: false,
      worthMs: 0,
    };
  return {
    says: `${at} can't be reached (${code}): see that it runs, and that output.elasticsearch.objects.endpoints is how this machine reaches it.`,
    isAway: true,
    worthMs: AWAY_MS,
  };
}

function where({ endpoints }: Server): string {
  return `Elasticsearch at ${endpoints.join(", ")}`;
}
