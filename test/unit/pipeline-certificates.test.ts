import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { type Certificates, issueCertificates } from "../../components/pipeline/certificates";

const DAY_MS = 24 * 60 * 60 * 1000;

function issue(): Promise<Certificates> {
  return issueCertificates({ serverNames: ["localhost"], validityDays: 30 });
}

/** Whether a client gets an answer over TLS; the server wants a client certificate. */
function handshake(
  server: Certificates,
  client: Partial<{ ca: string; cert: string; key: string }>,
): Promise<string> {
  return new Promise((resolve) => {
    const listener = createServer(
      {
        cert: server.serverCertificate,
        key: server.serverKey,
        ca: server.caCertificate,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: "TLSv1.3",
      },
      (socket: TLSSocket) => socket.end("hello"),
    );
    listener.on("tlsClientError", () => {});
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as AddressInfo;
      const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ...client });
      const end = (result: string) => {
        socket.destroy();
        listener.close();
        resolve(result);
      };
      socket.on("data", (data) => end(data.toString()));
      socket.on("close", () => end("closed"));
      socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    });
  });
}

describe("the certificates between the collectors", () => {
  let certificates: Certificates;
  before(async () => {
    certificates = await issue();
  });

  it("let the node collector in, and nobody without a certificate of the same authority", async () => {
    const { caCertificate: ca, clientCertificate: cert, clientKey: key } = certificates;
    const other = await issue();
    assert.equal(await handshake(certificates, { ca, cert, key }), "hello");
    assert.notEqual(await handshake(certificates, { ca }), "hello");
    assert.notEqual(
      await handshake(certificates, { ca, cert: other.clientCertificate, key: other.clientKey }),
      "hello",
    );
  });

  it("let the node collector see that the gateway is another's", async () => {
    const { clientCertificate: cert, clientKey: key } = certificates;
    const other = await issue();
    assert.notEqual(await handshake(certificates, { ca: other.caCertificate, cert, key }), "hello");
  });

  it("speak to those of the generation before, both ways, where both authorities are trusted", async () => {
    const later = await issue();
    const both = `${later.caCertificate}\n${certificates.caCertificate}`;
    const of = ({ clientCertificate: cert, clientKey: key }: Certificates) => ({ ca: both, cert, key });
    const serving = (server: Certificates) => ({ ...server, caCertificate: both });
    assert.equal(await handshake(serving(later), of(certificates)), "hello");
    assert.equal(await handshake(serving(certificates), of(later)), "hello");
  });

  it("can't be used the other way round", async () => {
    const client = new X509Certificate(certificates.clientCertificate);
    const server = new X509Certificate(certificates.serverCertificate);
    assert.deepEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    assert.deepEqual(server.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.equal(server.checkHost("localhost"), "localhost");
    assert.equal(client.checkHost("localhost"), undefined);
  });

  it("live as long as asked", () => {
    const { validTo } = new X509Certificate(certificates.serverCertificate);
    const days = (new Date(validTo).getTime() - Date.now()) / DAY_MS;
    assert.ok(Math.abs(days - 30) < 0.01, `${days} days`);
  });
});
