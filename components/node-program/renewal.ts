import { type ELASTICSEARCH, fileContent } from "./settings";

const FILES = [
  "ELASTICSEARCH_API_KEY_FILE",
  "ELASTICSEARCH_CA_FILE",
] as const satisfies readonly (keyof typeof ELASTICSEARCH)[];

/**
 * Tells when the key for Elasticsearch or its authority is another one than at the call: the kubelet puts what is new of a Secret
 * into the pod (kubernetes.io, "Mounted Secrets are updated automatically"), and after `npm run rotate` the old key is gone. Who runs
 * on has to end then, and is started again with what is new. To be called before the settings are read.
 */
export function renewalOfCredentials(env: NodeJS.ProcessEnv): () => boolean {
  return renewalOfFiles(FILES.flatMap((name) => env[name] ?? []));
}

/** The same of any files that the kubelet puts into the pod. */
export function renewalOfFiles(files: readonly string[]): () => boolean {
  const before = files.map(fileContent);
  return () =>
    files.some((file, index) => {
      const now = fileContent(file);
      // Not there for a moment while it is replaced.
      return now !== undefined && now !== before[index];
    });
}
