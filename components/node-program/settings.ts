import * as fs from "node:fs";
// The same library without its texts in forty languages: a tenth of the size in every program.
import * as z from "zod/mini";
import { apiKey, bearer, type Target } from "./http-client";

/** The environment of a program: its variables by name, each with the schema of what it is set to. */
export type Environment = Readonly<Record<string, z.ZodMiniType<unknown, string | undefined>>>;

/** What the plan gives a pod so that it has these settings; the API server's address comes from Kubernetes. */
export type EnvironmentInput<E extends Environment> = Omit<
  z.input<z.ZodMiniObject<E>>,
  keyof typeof API_SERVER
>;

export type Settings<E extends Environment> = z.output<z.ZodMiniObject<E>>;

/**
 * Reads the settings of a program; a variable that is set to nothing counts as not set.
 * @throws Error that names every variable which is missing or wrong
 */
export function readSettings<E extends Environment>(environment: E, env: NodeJS.ProcessEnv): Settings<E> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const result = z.safeParse(z.object(environment), set);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return set[name] === undefined ? `${name} is not set` : `${name}: ${message}`;
  });
  throw new Error(problems.join("; "));
}

export const text = z.string();

/** A number that is not below 0. */
export const amount = z.pipe(
  z
    .string()
    .check(
      z.refine((value) => Number(value) >= 0, { error: ({ input }) => `${input} is no number, or below 0` }),
    ),
  z.transform(Number),
);

/** One of some words. */
export function word<T extends string>(words: readonly [T, ...T[]]) {
  return z.enum(words, { error: ({ input }) => `${input} is none of ${words.join(", ")}` });
}

/** What is in a file. */
export const file = z.pipe(
  z.string(),
  z.transform((path, context) => {
    try {
      return fs.readFileSync(path, "utf8");
    } catch (error) {
      const message = `${path} can't be read (${(error as NodeJS.ErrnoException).code})`;
      context.issues.push({ code: "custom", input: path, message });
      return z.NEVER;
    }
  }),
);

/**
 * What is in a file at each call: the kubelet puts what is new of a Secret into the pod (kubernetes.io, "Mounted Secrets are updated
 * automatically"). While it is not there or empty, what was in it last.
 */
export const currentFile = z.pipe(
  z.string(),
  z.transform((path, context) => {
    const first = z.safeParse(file, path);
    if (!first.success) {
      context.issues.push({ code: "custom", input: path, message: first.error.issues[0]!.message });
      return z.NEVER;
    }
    let last = first.data.trim();
    return () => {
      last = (fileContent(path) ?? "").trim() || last;
      return last;
    };
  }),
);

/** Of a file; undefined where there is none to be read. */
export function fileContent(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Where Elasticsearch is, and the key to it. */
export const ELASTICSEARCH = {
  /** Addresses of one Elasticsearch, separated by spaces. */
  ELASTICSEARCH_URLS: text,
  ELASTICSEARCH_API_KEY_FILE: currentFile,
  ELASTICSEARCH_CA_FILE: z.optional(file),
} satisfies Environment;

/**
 * The addresses of Elasticsearch, each with the program's key; at least one. The key is read for each request: after
 * `npm run rotate` the old one is gone, whatever a program is in the middle of.
 */
export function elasticsearchTargets(settings: Settings<typeof ELASTICSEARCH>): [Target, ...Target[]] {
  const key = settings.ELASTICSEARCH_API_KEY_FILE;
  const targets = settings.ELASTICSEARCH_URLS.split(" ").map((url) => ({
    url,
    ca: settings.ELASTICSEARCH_CA_FILE,
    currentHeaders: () => ({ authorization: apiKey(key()) }),
  }));
  const [first, ...others] = targets;
  return [first!, ...others];
}

/** The API server of the cluster, and where the token of the pod's ServiceAccount is. Kubernetes sets the first two. */
export const API_SERVER = {
  KUBERNETES_SERVICE_HOST: text,
  KUBERNETES_SERVICE_PORT: text,
  SERVICE_ACCOUNT_FOLDER: z._default(text, "/var/run/secrets/kubernetes.io/serviceaccount"),
} satisfies Environment;

export interface ApiServer {
  url: string;
  caFile: string;
  tokenFile: string;
}

/** The API server as a pod reaches it. */
export function apiServer(settings: Settings<typeof API_SERVER>): ApiServer {
  const {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: port,
    SERVICE_ACCOUNT_FOLDER: folder,
  } = settings;
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    caFile: `${folder}/ca.crt`,
    tokenFile: `${folder}/token`,
  };
}

/** The same with what is in the files. */
export function apiServerTarget(server: ApiServer): Target {
  const token = fs.readFileSync(server.tokenFile, "utf8").trim();
  return {
    url: server.url,
    ca: fs.readFileSync(server.caFile, "utf8"),
    headers: { authorization: bearer(token) },
  };
}
