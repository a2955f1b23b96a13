import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** One end of a connection. */
export interface Party {
  /** Subject of its certificate. */
  name: string;
  /** DNS names and IP addresses that it goes by. */
  dnsNames: readonly string[];
}

export interface MutualTlsArgs {
  /** Subject of the authority. */
  authority: string;
  server: Party;
  client: Party;
  validityDays: number;
}

/** PEM texts, and when they end. */
export interface Certificates {
  caCertificate: string;
  serverCertificate: string;
  serverKey: string;
  clientCertificate: string;
  clientKey: string;
  /** ISO 8601. */
  notAfter: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Makes a certificate authority for one connection, with a server and a client certificate (ECDSA P-256), each
 * good for nothing else. The authority's key is not kept, so nobody can sign another.
 */
export async function issueMutualTls(args: MutualTlsArgs): Promise<Certificates> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  // An hour back: the clocks of the nodes differ.
  const notBefore = new Date(Date.now() - 60 * 60 * 1000);
  const notAfter = new Date(Date.now() + args.validityDays * DAY_MS);
  const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const exportKey = async (key: webcrypto.CryptoKey) =>
    x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");

  const caKeys = await makeKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${args.authority}`,
    notBefore,
    notAfter,
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  // By it a certificate names its authority among those of other generations, which have the same name.
  const authority = await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey);
  const sign = async ({ name, dnsNames }: Party, usage: string) => {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: ca.subject,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        authority,
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension(
          dnsNames.map((value) => ({ type: isIP(value) ? "ip" : "dns", value })),
        ),
      ],
    });
    return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
  };
  const server = await sign(args.server, x509.ExtendedKeyUsage.serverAuth);
  const client = await sign(args.client, x509.ExtendedKeyUsage.clientAuth);
  return {
    caCertificate: ca.toString("pem"),
    serverCertificate: server.certificate,
    serverKey: server.key,
    clientCertificate: client.certificate,
    clientKey: client.key,
    notAfter: notAfter.toISOString(),
  };
}
