import * as pulumi from "@pulumi/pulumi";

export interface CertificatesArgs {
  /** DNS names of the server. */
  serverNames: string[];
  validityDays: number;
  /** New certificates are made when fewer days than this are left. */
  renewBeforeDays: number;
}

/** PEM texts, and when they end. */
export interface CertificatesState extends CertificatesArgs {
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
 * A certificate authority of its own for one connection: a server and a client certificate (ECDSA P-256), each
 * good for nothing else. The authority's key is not kept, so nobody can sign another; a renewal makes all anew.
 *
 * A dynamic resource, since the certificates must be made once and then stay in the state until they are renewed.
 * Its methods run in a process of their own from a serialised copy, which is why they load what they need
 * themselves.
 */
export class MutualTlsCertificates extends pulumi.dynamic.Resource {
  declare readonly caCertificate: pulumi.Output<string>;
  declare readonly serverCertificate: pulumi.Output<string>;
  declare readonly serverKey: pulumi.Output<string>;
  declare readonly clientCertificate: pulumi.Output<string>;
  declare readonly clientKey: pulumi.Output<string>;
  declare readonly notAfter: pulumi.Output<string>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      PROVIDER,
      name,
      {
        ...args,
        caCertificate: undefined,
        serverCertificate: undefined,
        serverKey: undefined,
        clientCertificate: undefined,
        clientKey: undefined,
        notAfter: undefined,
      },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["serverKey", "clientKey"] }),
    );
  }
}

const PROVIDER: pulumi.dynamic.ResourceProvider<CertificatesArgs, CertificatesState> = {
  async create(args) {
    const outs = await issueCertificates(args);
    return { id: `mtls-${outs.notAfter}`, outs };
  },
  async diff(_id, olds, news) {
    const sameArgs =
      JSON.stringify(olds.serverNames) === JSON.stringify(news.serverNames) &&
      olds.validityDays === news.validityDays;
    const daysLeft = (Date.parse(olds.notAfter) - Date.now()) / DAY_MS;
    return { changes: !sameArgs || daysLeft < news.renewBeforeDays };
  },
  async update(_id, _olds, news) {
    return { outs: await issueCertificates(news) };
  },
};

/** Makes the certificates; what the resource keeps in the state. */
export async function issueCertificates(args: CertificatesArgs): Promise<CertificatesState> {
  require("reflect-metadata");
  const x509 = require("@peculiar/x509") as typeof import("@peculiar/x509");
  const { webcrypto } = require("node:crypto") as typeof import("node:crypto");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  // An hour back: the clocks of the nodes differ.
  const notBefore = new Date(Date.now() - 60 * 60 * 1000);
  const notAfter = new Date(Date.now() + args.validityDays * 24 * 60 * 60 * 1000);
  const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const exportKey = async (key: import("node:crypto").webcrypto.CryptoKey) =>
    x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");

  const caKeys = await makeKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=security-stack collectors",
    notBefore,
    notAfter,
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const sign = async (name: string, usage: string, dnsNames: string[]) => {
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
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: "dns", value }))),
      ],
    });
    return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
  };
  const server = await sign("gateway", x509.ExtendedKeyUsage.serverAuth, args.serverNames);
  const client = await sign("node-collector", x509.ExtendedKeyUsage.clientAuth, ["node-collector"]);
  return {
    ...args,
    caCertificate: ca.toString("pem"),
    serverCertificate: server.certificate,
    serverKey: server.key,
    clientCertificate: client.certificate,
    clientKey: client.key,
    notAfter: notAfter.toISOString(),
  };
}
