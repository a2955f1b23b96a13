import { z } from "zod";
import { sinkParts } from "../../../components/core/config/sinks-schema";
import { httpsUrl, secretRef } from "../../../components/core/config/value-schemas";
import { defineSink } from "../../../components/core/contract/sink";
import { toEndpoint } from "../../../components/kubernetes/network-policies";
import { ENDLESS_RETRY } from "../../../components/pipeline/collector-config";
import { ANSWERED } from "../../../components/pipeline/kafka-receiver";
import { SINK_AUTH_FOLDER } from "../../../components/pipeline/pipeline-names";
import { recordProcessor } from "../../../components/pipeline/sink-documents";
import type { ToySettings } from "./toy-target";

const schema = z
  .strictObject({
    endpoint: httpsUrl.describe("Where the toy listens."),
    secretRef: secretRef("Secret with the toy's password.", "password"),
    ...sinkParts,
  })
  .describe("Sends the documents to a toy too.");

const AUTH = "bearertokenauth/toy";

/**
 * A complete sink: what someone writes who adds one, together with its target. Used to test that nothing else is needed but
 * its row in the list of sinks.
 */
export const toy = defineSink({
  name: "toy",
  schema: schema.optional(),
  destination: ({ endpoint, secretRef: { name, key } }: z.output<typeof schema>) => {
    const settings: ToySettings = { url: endpoint, passwordFile: `${SINK_AUTH_FOLDER}/${key}` };
    return {
      egress: [toEndpoint(endpoint)],
      secrets: [{ volume: "sink-auth", name, key, folder: SINK_AUTH_FOLDER }],
      exporter: {
        id: "otlp_http/toy",
        config: {
          endpoint,
          auth: { authenticator: AUTH },
          tls: { include_system_ca_certs_pool: true, min_version: "1.2" },
          retry_on_failure: ENDLESS_RETRY,
          sending_queue: ANSWERED,
        },
        extensions: { [AUTH]: { header: "X-Password", scheme: "", filename: settings.passwordFile } },
        record: recordProcessor(),
      },
      target: { source: "test/support/toy/toy-target.ts", settings },
    };
  },
});
