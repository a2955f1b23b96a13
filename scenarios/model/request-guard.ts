import { DOOMED_NAMESPACE, ESCAPE_NAMESPACE, NAMESPACE, REFUSED_PREFIX } from "./names";

/** What of a request says what it does. */
interface Request {
  method: string;
  path: string;
  body?: unknown;
}

/** Questions that are sent as an object and change nothing. */
const REVIEW = /^\/apis\/(authorization|authentication)\.k8s\.io\/v1\/selfsubject[a-z]+reviews$/;
/** A write of one object or of one kind that the API server only judges; of what it does not write, such as exec, it takes no such word. */
const JUDGED =
  /^\/(api|apis\/[a-z0-9.]+)\/v[0-9a-z]+\/(namespaces\/[a-z0-9-]+\/)?[a-z]+(\/[a-z0-9.-]+)?[?]dryRun=All$/;
const OWN_NAMESPACE = new RegExp(
  `^/(api|apis/[a-z0-9.]+)/v[0-9a-z]+/namespaces/(${[NAMESPACE, ESCAPE_NAMESPACE, DOOMED_NAMESPACE, `${REFUSED_PREFIX}[a-z]+`].join("|")})(/|[?]|$)`,
);
/** An object of the whole cluster by its name, with or without a subresource. */
const OWN_OBJECT = /^\/(api|apis\/[a-z0-9.]+)\/v[0-9a-z]+\/(?!namespaces)[a-z]+\/ctem-[a-z0-9-]+(\/|[?]|$)/;

/**
 * Whether a request of a scenario only looks or asks what would be, or changes only what the scenarios made: something in their namespaces, or
 * an object of the cluster whose name begins with `ctem-`.
 */
export function isConfined({ method, path, body }: Request): boolean {
  if (method === "GET" || (method === "POST" && REVIEW.test(path))) return true;
  if (["POST", "PATCH"].includes(method) && JUDGED.test(path)) return true;
  if (OWN_NAMESPACE.test(path) || OWN_OBJECT.test(path)) return true;
  return method === "POST" && nameOf(body).startsWith("ctem-");
}

function nameOf(body: unknown): string {
  const { metadata } = (body ?? {}) as { metadata?: { name?: unknown } };
  return typeof metadata?.name === "string" ? metadata.name : "";
}
