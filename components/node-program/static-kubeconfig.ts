import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { bearer, type Target } from "./http-client";

const BASE64 = z.base64().min(1);

const CLUSTER = z.strictObject({ server: z.url(), "certificate-authority-data": BASE64 });

const CERTIFICATE = z.strictObject({ "client-certificate-data": BASE64, "client-key-data": BASE64 });
const TOKEN = z.strictObject({ token: z.string().min(1) });

/** Of a user of the file; what makes others harder to read is no matter of ours. */
const NAMED = z.looseObject({ name: z.string() });

const KUBECONFIG = z.looseObject({
  "current-context": z.string().optional(),
  clusters: z.array(NAMED.extend({ cluster: z.unknown() })),
  users: z.array(NAMED.extend({ user: z.unknown() })),
  contexts: z.array(NAMED.extend({ context: z.looseObject({ cluster: z.string(), user: z.string() }) })),
});

/**
 * The API server of a kubeconfig whose context has a certificate or a token in the file itself, as those of kind, k3s and
 * kubeadm have. Anything else, such as a plugin, a file beside it, a proxy or a second file in KUBECONFIG, is left to
 * @kubernetes/client-node, which knows all of it and takes 0.4 s of each preview to load.
 * @param context By default the file's current one
 * @param text A kubeconfig instead of the file that KUBECONFIG names, else ~/.kube/config
 * @returns undefined where it is not such a one
 */
export function staticTarget(context: string | undefined, text = textOfDefault()): Target | undefined {
  const file = KUBECONFIG.safeParse(read(text));
  if (!file.success) return undefined;
  const { contexts, clusters, users } = file.data;
  const used = only(contexts, context ?? file.data["current-context"])?.context;
  const cluster = CLUSTER.safeParse(only(clusters, used?.cluster)?.cluster);
  const user = z.union([CERTIFICATE, TOKEN]).safeParse(only(users, used?.user)?.user);
  if (!cluster.success || !user.success) return undefined;
  const server = { url: cluster.data.server, ca: decoded(cluster.data["certificate-authority-data"]) };
  if ("token" in user.data) return { ...server, headers: { authorization: bearer(user.data.token) } };
  const { "client-certificate-data": cert, "client-key-data": key } = user.data;
  return { ...server, headers: {}, cert: decoded(cert), key: decoded(key) };
}

function textOfDefault(): string | undefined {
  const [file, ...others] = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  if (others.length > 0) return undefined;
  try {
    return readFileSync(file ?? join(homedir(), ".kube", "config"), "utf8");
  } catch {
    return undefined;
  }
}

function read(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : parse(text);
  } catch {
    return undefined;
  }
}

/** The one of that name: of two it is the library's matter which counts. */
function only<Item extends { name: string }>(
  items: readonly Item[],
  name: string | undefined,
): Item | undefined {
  const [item, ...others] = items.filter((one) => one.name === name);
  return others.length === 0 ? item : undefined;
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
