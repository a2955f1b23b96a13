import { z } from "zod";
import { sinkParts } from "../../core/config/sinks-schema";
import { dnsLabel, httpsUrl, secretRef, tcpPort, text, unique } from "../../core/config/value-schemas";
import { defineSink, type SinkExporter, type SinkSecret } from "../../core/contract/sink";
import type { SecretKey } from "../../documents/store";
import { toEndpoint } from "../../kubernetes/network-policies";
import { ENDLESS_RETRY } from "../collector-config";
import { ANSWERED } from "../kafka-receiver";
import { SINK_AUTH_FOLDER, SINK_CA_FOLDER } from "../pipeline-names";
import { recordProcessor } from "../sink-documents";
import type { OtlpSettings } from "./otlp-target";

/** A token of RFC 9110, of which a header's name is made. */
const HEADER = /^[A-Za-z0-9!#%&'*+.^_`|~-]{1,100}$/;
const headerName = z.string().regex(HEADER, 'the name of a header, like "X-Scope-OrgID"');

/** Names of headers that hold credentials as a rule: their values would be in a ConfigMap, in clear. */
const CREDENTIAL = /authorization|cookie|token|secret|password|api-?_?key/i;

const plainHeader = headerName.refine((name) => !CREDENTIAL.test(name), {
  message: "a header without a credential: those go into a Secret, by `auth`",
});

const authSchema = z
  .strictObject({
    secretRef: secretRef("Secret with the token, which is read again when it changes.", "token"),
    header: headerName.default("Authorization").describe("Header that it is sent in."),
    scheme: z
      .string()
      .regex(/^[A-Za-z0-9-]{0,40}$/, 'a scheme like "Bearer" or "Basic", or none')
      .default("Bearer")
      .describe("What is before it: `Basic` for user and password in base64; empty for a bare key."),
  })
  .describe("Credential for the receiver.");

const receiver = z.strictObject({
  name: dnsLabel.max(40).describe("Its name: its pods are those of Deployment `sink-otlp-<name>`."),
  endpoint: httpsUrl.describe("URL of an OTLP receiver (HTTP); `/v1/logs` is added to it."),
  podPort: tcpPort
    .optional()
    .describe(
      "Port of the receiver's pods, where it is `<service>.<namespace>.svc`; every port of that namespace otherwise.",
    ),
  headers: z
    .record(
      plainHeader,
      text
        .min(1)
        .max(1000)
        .refine((value) => !value.includes("$"), "a value without `$`, which a collector replaces"),
    )
    .default({})
    .describe("Further headers, in clear: a tenant, for instance."),
  auth: authSchema.optional(),
  caSecretRef: secretRef(
    "Secret with the CA certificate of the receiver; without it that of a public CA.",
    "ca.crt",
  ).optional(),
  ...sinkParts,
});

type OtlpConfig = z.output<typeof receiver>;

/** Any number of receivers of OTLP. */
export const otlp = defineSink({
  name: "otlp",
  schema: unique(receiver)
    .max(10)
    .default([])
    .describe(
      "Receivers of OTLP that get the documents too: Loki, ClickHouse, any vendor. See docs/sinks.md.",
    ),
  destination: (config: OtlpConfig) => ({
    egress: [toEndpoint(config.endpoint, config.podPort)],
    secrets: secretsOf(config),
    exporter: exporterOf(config),
    target: { source: "components/pipeline/sinks/otlp-target.ts", settings: settingsOf(config) },
  }),
});

function secretsOf({ auth, caSecretRef }: OtlpConfig): SinkSecret[] {
  return [
    ...(auth ? [{ volume: "sink-auth", folder: SINK_AUTH_FOLDER, ...auth.secretRef }] : []),
    ...(caSecretRef ? [{ volume: "sink-ca", folder: SINK_CA_FOLDER, ...caSecretRef }] : []),
  ];
}

const fileOfToken = ({ key }: SecretKey) => `${SINK_AUTH_FOLDER}/${key}`;
const fileOfCa = ({ key }: SecretKey) => `${SINK_CA_FOLDER}/${key}`;

const AUTH = "bearertokenauth/sink";

/**
 * What the receiver answers with 400, 401, 403, 404, 413 or 500 is no use to try again to the exporter (otlphttpexporter
 * 0.152, isRetryableStatusCode): it is counted in `otelcol_exporter_send_failed_log_records`, and the topic still has it.
 */
function exporterOf({ endpoint, headers, auth, caSecretRef }: OtlpConfig): SinkExporter {
  return {
    id: "otlp_http",
    config: {
      endpoint,
      headers,
      tls: caSecretRef
        ? { ca_file: fileOfCa(caSecretRef), reload_interval: "1m", min_version: "1.2" }
        : { include_system_ca_certs_pool: true, min_version: "1.2" },
      ...(auth ? { auth: { authenticator: AUTH } } : {}),
      compression: "gzip",
      timeout: "30s",
      retry_on_failure: ENDLESS_RETRY,
      sending_queue: ANSWERED,
    },
    ...(auth ? { extensions: { [AUTH]: authenticatorOf(auth) } } : {}),
    record: recordProcessor(),
  };
}

function authenticatorOf({ header, scheme, secretRef }: NonNullable<OtlpConfig["auth"]>) {
  return { header, scheme, filename: fileOfToken(secretRef) };
}

function settingsOf({ endpoint, headers, auth, caSecretRef }: OtlpConfig): OtlpSettings {
  return {
    kind: "otlp",
    url: endpoint,
    headers,
    ...(auth
      ? { auth: { header: auth.header, scheme: auth.scheme, file: fileOfToken(auth.secretRef) } }
      : {}),
    ...(caSecretRef ? { caFile: fileOfCa(caSecretRef) } : {}),
  };
}
