import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import { type ConfiguredSink, configuredSinks } from "../core/config/named-sinks";
import type { ConfiguredSinks } from "../core/config/sinks-schema";
import { serviceUrl } from "../core/tables/eks";
import { ANYWHERE, tcp, toEndpoint, toPodIdentity } from "../kubernetes/network-policies";
import type { MountedSecret } from "../node-program/pod";
import { SINK_AUTH_FOLDER, SINK_CA_FOLDER } from "./pipeline-names";
import { cloudwatchRights, type SinkRights, s3Rights } from "./sink-rights";
import type { DestinationSettings } from "./store-sink/sink-settings";

/** Where documents go besides Elasticsearch, from where each is read by a program of its own. */
export interface StoreSink extends ConfiguredSink {
  /** Name of its Deployment and all else that is its own. */
  name: string;
  destination: DestinationSettings;
  /** Its own API key. */
  apiKeySecret: { name: string; key: string };
  egress: NetworkPolicyEgressRule[];
  /** Secrets that the user makes for its destination. */
  secrets: MountedSecret[];
  rights?: SinkRights;
}

type Own = Pick<StoreSink, "destination" | "egress" | "secrets" | "rights">;

/** The sinks of the stack config that read from Elasticsearch. */
export function plannedStoreSinks(config: ConfiguredSinks): StoreSink[] {
  const own = [
    ...config.otlp.map(otlp),
    ...(config.cloudwatch ? [cloudwatch(config.cloudwatch)] : []),
    ...(config.s3 ? [s3(config.s3)] : []),
  ];
  return configuredSinks(config).flatMap((sink, index) => {
    if (sink.kafka) return [];
    const name = `sink-${sink.id}`;
    const apiKeySecret = sink.apiKeySecretRef ?? { name: `${name}-api-key`, key: "api_key" };
    return [{ ...sink, name, apiKeySecret, ...own[index]! }];
  });
}

function otlp({ endpoint, podPort, headers, auth, caSecretRef }: ConfiguredSinks["otlp"][number]): Own {
  return {
    destination: {
      kind: "otlp",
      url: endpoint,
      headers,
      ...(auth
        ? {
            auth: {
              header: auth.header,
              scheme: auth.scheme,
              file: `${SINK_AUTH_FOLDER}/${auth.secretRef.key}`,
            },
          }
        : {}),
      ...(caSecretRef ? { caFile: `${SINK_CA_FOLDER}/${caSecretRef.key}` } : {}),
    },
    egress: [toEndpoint(endpoint, podPort)],
    secrets: [
      ...(auth ? [mounted("sink-auth", auth.secretRef, SINK_AUTH_FOLDER)] : []),
      ...(caSecretRef ? [mounted("sink-ca", caSecretRef, SINK_CA_FOLDER)] : []),
    ],
  };
}

function mounted(
  volume: string,
  { name, key }: { name: string; key: string },
  folder: string,
): MountedSecret {
  return { volume, name, keys: [key], folder };
}

function cloudwatch(config: NonNullable<ConfiguredSinks["cloudwatch"]>): Own {
  const { logGroup, logStream, region, retentionDays } = config;
  return {
    destination: {
      ...{ kind: "cloudwatch", url: serviceUrl("logs", region), region },
      ...{ group: logGroup, stream: logStream, retentionDays },
    },
    ...IN_AWS,
    rights: cloudwatchRights(region, logGroup),
  };
}

function s3({ bucket, prefix, region, storageClass }: NonNullable<ConfiguredSinks["s3"]>): Own {
  return {
    destination: { kind: "s3", url: serviceUrl("s3", region), region, bucket, prefix, storageClass },
    ...IN_AWS,
    rights: s3Rights(bucket, prefix),
  };
}

/** Credentials are those of Pod Identity. */
const IN_AWS = {
  egress: [{ to: ANYWHERE, ports: [tcp(443)] }, toPodIdentity()],
  secrets: [],
};
