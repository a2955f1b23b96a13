import { DOOMED_NAMESPACE, ESCAPE_NAMESPACE, NAMESPACE } from "./names";

/** What of a request says what it does. */
interface Request {
  method: string;
  path: string;
  body?: unknown;
}

/** Questions that are sent as an object and change nothing. */
const REVIEW = /^\/apis\/(authorization|authentication)\.k8s\.io\/v1\/selfsubject[a-z]+reviews$/;
const OWN_NAMESPACE = new RegExp(
  `^/(api|apis/[a-z0-9.]+)/v[0-9a-z]+/namespaces/(${[NAMESPACE, ESCAPE_NAMESPACE, DOOMED_NAMESPACE].join("|")})(/|[?]|$)`,
);
/** An object of the whole cluster by its name, with or without a subresource. */
const OWN_OBJECT = /^\/(api|apis\/[a-z0-9.]+)\/v[0-9a-z]+\/(?!namespaces)[a-z]+\/ctem-[a-z0-9-]+(\/|[?]|$)/;

/**
 * Whether a request of a scenario only looks, or changes only what the scenarios made: something in their namespaces, or
 * an object of the cluster whose name begins with `ctem-`.
 */
export function isConfined({ method, path, body }: Request): boolean {
  if (method === "GET" || (method === "POST" && REVIEW.test(path))) return true;
  if (OWN_NAMESPACE.test(path) || OWN_OBJECT.test(path)) return true;
  return method === "POST" && nameOf(body).startsWith("ctem-");
}

function nameOf(body: unknown): string {
  const { metadata } = (body ?? {}) as { metadata?: { name?: unknown } };
  return typeof metadata?.name === "string" ? metadata.name : "";
}
