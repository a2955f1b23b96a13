import deserialize = require("@pulumi/policy/deserialize");

type Deserialize = (properties: object, proxySecrets: boolean) => Record<string, unknown>;

/**
 * @pulumi/policy turns a resource into plain data again for every policy (1.21, server.ts: makeAnalyzeRpcFun and
 * makeAnalyzeStackRpcFun): some forty times, which is most of the pack's time where there are CRDs of 100 KB. No
 * policy changes what it judges, so once is enough. What remediations change is still converted each time.
 */
export function deserializeOnce(): void {
  const library = deserialize as unknown as { deserializeProperties?: Deserialize };
  const original = library.deserializeProperties;
  if (!original) return;
  const known = new WeakMap<object, Record<string, unknown>>();
  library.deserializeProperties = (properties, proxySecrets) => {
    if (proxySecrets) return original(properties, true);
    const before = known.get(properties);
    if (before) return before;
    const made = original(properties, false);
    known.set(properties, made);
    return made;
  };
}
