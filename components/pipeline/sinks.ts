import type { EnvVar, Volume, VolumeMount } from "kubernetes-types/core/v1";
import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import { consumerGroup, type NamedSink, namedSinks } from "../core/config/named-sinks";
import type { CloudwatchConfig, OtlpConfig, S3Config, Sinks } from "../core/config/sinks-schema";
import type { DocumentConverter } from "../core/contract/document-converter";
import type { CollectorComponent } from "../documents/documents";
import { ANYWHERE, tcp, toEndpoint, toPodIdentity } from "../kubernetes/network-policies";
import { secretVolume } from "../kubernetes/pods";
import { ENDLESS_RETRY, MAX_BATCH_BYTES } from "./collector-config";
import { ANSWERED } from "./kafka-receiver";
import { SINK_AUTH_FOLDER, SINK_CA_FOLDER } from "./pipeline-names";
import { recordProcessor } from "./sink-documents";
import { cloudwatchRights, type SinkRights, s3Rights } from "./sink-rights";

/** Where documents go besides Elasticsearch, each with collectors of its own. */
export interface Sink extends NamedSink {
  /** Name of its Deployment and all else that is its own. */
  name: string;
  group: string;
  exporter: { id: string; config: CollectorComponent };
  extensions: Record<string, CollectorComponent>;
  /** What makes a record of a document. */
  record: CollectorComponent;
  env: EnvVar[];
  volumeMounts: VolumeMount[];
  volumes: Volume[];
  egress: NetworkPolicyEgressRule[];
  /** Secrets that the user makes for it, beside those for Kafka. */
  secrets: string[];
  rights?: SinkRights;
  /** The program beside its collectors that makes something else of the documents, where they go to a topic. */
  converter?: DocumentConverter;
}

type Own = Omit<Sink, keyof NamedSink | "name" | "group">;

/** The sinks of the stack config. */
export function plannedSinks(config: Sinks): Sink[] {
  const own = [
    ...config.otlp.map(otlp),
    ...(config.cloudwatch ? [cloudwatch(config.cloudwatch)] : []),
    ...(config.s3 ? [s3(config.s3)] : []),
  ];
  return namedSinks(config).map((sink, index) => ({
    ...sink,
    name: `sink-${sink.id}`,
    group: consumerGroup(sink),
    ...own[index]!,
  }));
}

const AUTH = "bearertokenauth/sink";

/**
 * What the receiver answers with 400, 401, 403, 404, 413 or 500 is no use to try again to the exporter (otlphttpexporter
 * 0.152, isRetryableStatusCode): it is counted in `otelcol_exporter_send_failed_log_records`, and the topic still has it.
 */
function otlp({ endpoint, podPort, headers, auth, caSecretRef }: OtlpConfig): Own {
  const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
  return {
    exporter: {
      id: "otlp_http",
      config: {
        endpoint,
        headers,
        tls: caSecretRef
          ? { ca_file: `${SINK_CA_FOLDER}/${caSecretRef.key}`, reload_interval: "1m", min_version: "1.2" }
          : { include_system_ca_certs_pool: true, min_version: "1.2" },
        ...(auth ? { auth: { authenticator: AUTH } } : {}),
        compression: "gzip",
        timeout: "30s",
        retry_on_failure: ENDLESS_RETRY,
        sending_queue: ANSWERED,
      },
    },
    extensions: auth
      ? {
          [AUTH]: {
            header: auth.header,
            scheme: auth.scheme,
            filename: `${SINK_AUTH_FOLDER}/${auth.secretRef.key}`,
          },
        }
      : {},
    record: recordProcessor(),
    env: [],
    volumeMounts: [
      ...(auth ? [mount("sink-auth", SINK_AUTH_FOLDER)] : []),
      ...(caSecretRef ? [mount("sink-ca", SINK_CA_FOLDER)] : []),
    ],
    volumes: [
      ...(auth ? [secretVolume("sink-auth", auth.secretRef.name)] : []),
      ...(caSecretRef ? [secretVolume("sink-ca", caSecretRef.name)] : []),
    ],
    egress: [toEndpoint(endpoint, podPort)],
    secrets: [auth?.secretRef, caSecretRef].flatMap((ref) => (ref ? [ref.name] : [])),
  };
}

/** Of what CloudWatch refuses by its time, a batch with one such record would be tried again without end. */
const CLOUDWATCH_HOURS = 12;

/**
 * Not the body alone (`raw_log`): from such a record the exporter takes the log group, where its JSON names one
 * (awscloudwatchlogsexporter 0.152, logToCWLog).
 */
function cloudwatch({ logGroup, logStream, region, retentionDays }: CloudwatchConfig): Own {
  return {
    exporter: {
      id: "awscloudwatchlogs",
      config: {
        log_group_name: logGroup,
        log_stream_name: logStream,
        region,
        log_retention: retentionDays,
        retry_on_failure: ENDLESS_RETRY,
        sending_queue: ANSWERED,
      },
    },
    record: recordProcessor(CLOUDWATCH_HOURS),
    ...IN_AWS,
    rights: cloudwatchRights(region, logGroup),
  };
}

function s3({ bucket, prefix, region, storageClass, flushInterval }: S3Config): Own {
  return {
    exporter: {
      id: "awss3",
      config: {
        s3uploader: {
          region,
          s3_bucket: bucket,
          s3_prefix: prefix,
          s3_partition_format: "year=%Y/month=%m/day=%d/hour=%H",
          s3_partition_timezone: "UTC",
          file_prefix: "documents-",
          unique_key_func_name: "uuidv7",
          compression: "gzip",
          storage_class: storageClass,
        },
        // A document in a line.
        marshaler: "body",
        timeout: "30s",
        retry_on_failure: ENDLESS_RETRY,
        // Every batch is an object.
        sending_queue: {
          ...ANSWERED,
          batch: {
            flush_timeout: flushInterval,
            min_size: MAX_BATCH_BYTES,
            max_size: MAX_BATCH_BYTES,
            sizer: "bytes",
          },
        },
      },
    },
    record: recordProcessor(),
    ...IN_AWS,
    rights: s3Rights(bucket, prefix),
  };
}

/** Credentials are those of Pod Identity, never the node's own. */
const IN_AWS = {
  extensions: {},
  env: [{ name: "AWS_EC2_METADATA_DISABLED", value: "true" }],
  volumeMounts: [],
  volumes: [],
  egress: [{ to: ANYWHERE, ports: [tcp(443)] }, toPodIdentity()],
  secrets: [],
};
