import { at, isMap, mapAt } from "../kubernetes/read";

/** A resource of the AWS provider, as policies see it. */
export interface AwsObject {
  urn: string;
  /** Module and type: "eks.Cluster". */
  kind: string;
  /** Its name in the program; AWS's own may not be known yet. */
  name: string;
  /** It is in none. */
  namespace: undefined;
  props: Record<string, unknown>;
  /** What its provider adds to its tags. */
  defaultTags: Record<string, unknown>;
}

interface PulumiResource {
  type: string;
  urn: string;
  name: string;
  props: Record<string, unknown>;
  provider?: { props: Record<string, unknown> } | undefined;
}

// "aws:eks/cluster:Cluster"; providers are no resources of AWS.
const TYPE = /^aws:(\w+)\/\w+:(\w+)$/;

/** The resource of AWS behind a Pulumi resource; undefined for what its provider does not make. */
export function toAwsObject(resource: PulumiResource): AwsObject | undefined {
  const [, module, type] = TYPE.exec(resource.type) ?? [];
  if (module === undefined) return undefined;
  const { urn, name, props, provider } = resource;
  return {
    urn,
    kind: `${module}.${type}`,
    name,
    namespace: undefined,
    props,
    defaultTags: tagsOf(provider?.props),
  };
}

/** A provider's settings that are no text are JSON in its inputs (pulumi/pulumi, sdk/nodejs/provider.ts). */
function tagsOf(provider: unknown): Record<string, unknown> {
  const written = at(provider, "defaultTags");
  const settings: unknown = typeof written === "string" ? JSON.parse(written) : written;
  return isMap(settings) ? mapAt(settings, "tags") : {};
}
