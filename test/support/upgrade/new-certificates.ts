import { issueCertificates } from "../../../components/pipeline/certificates";
import { GATEWAY_TLS, gatewayHost, NODE_COLLECTOR_TLS } from "../../../components/pipeline/pipeline-names";
import type { ExportedState } from "../../../tools/dev/engine/local-stack";

const NAMESPACES = { privileged: "security-system", restricted: "security-pipeline" };

type SecretData = Record<string, string>;

/**
 * Puts certificates of today into the Secrets of the collectors, wherever a state has what is in them: their private keys were
 * taken out of it, and without these its pods could not speak to each other.
 */
export async function makeCertificatesAnew({ deployment }: ExportedState): Promise<void> {
  const made = await issueCertificates({ serverNames: [gatewayHost(NAMESPACES)], validityDays: 365 });
  const ca = { "ca.crt": made.caCertificate };
  const server = { crt: made.serverCertificate, key: made.serverKey };
  const client = { crt: made.clientCertificate, key: made.clientKey };
  const contents: Record<string, SecretData> = {
    "collector-certificates-1": {
      ...ca,
      ...{ "server.crt": server.crt, "server.key": server.key },
      ...{ "client.crt": client.crt, "client.key": client.key },
      "not-after": made.notAfter,
    },
    [GATEWAY_TLS]: { ...ca, "tls.crt": server.crt, "tls.key": server.key },
    [NODE_COLLECTOR_TLS]: { ...ca, "tls.crt": client.crt, "tls.key": client.key },
  };
  for (const { urn, inputs, outputs } of deployment.resources ?? []) {
    const content = contents[urn.split("/").at(-1)!];
    if (!content || !urn.includes("core/v1:Secret")) continue;
    for (const side of [inputs, outputs, outputs?.["__inputs"]]) fill(side, content);
  }
}

/** An export in clear has a secret's value as JSON text in `plaintext` (pulumi, sdk/go/common/apitype, SecretV1). */
function fill(side: unknown, content: SecretData): void {
  const { data } = (side ?? {}) as { data?: { plaintext?: string } };
  if (data?.plaintext === undefined) return;
  const kept: SecretData = JSON.parse(data.plaintext);
  const encoded = Object.entries(content).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  data.plaintext = JSON.stringify({ ...kept, ...Object.fromEntries(encoded) });
}
