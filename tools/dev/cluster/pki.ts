import "reflect-metadata";
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as x509 from "@peculiar/x509";

/** One certificate with its private key, both as files. */
export interface Identity {
  certificate: string;
  key: string;
}

/** The certificates of a cluster. Everything the control plane says to itself goes over mutual TLS. */
export interface Pki {
  ca: Identity;
  etcd: Identity;
  apiserver: Identity;
  /** Signs service account tokens; `certificate` is the public key. */
  serviceAccounts: Identity;
  admin: Identity;
  controllerManager: Identity;
  scheduler: Identity;
  kwok: Identity;
}

/** Whom a certificate is for. */
export interface Request {
  commonName: string;
  organization?: string;
  /** DNS names and IP addresses it serves under. */
  names?: string[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeMs = 5 * 365 * 24 * 3600 * 1000;

/** The first address of the service range is the API server's. */
const serverNames = [
  "localhost",
  "127.0.0.1",
  "10.96.0.1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

const requests: Record<Exclude<keyof Pki, "ca" | "serviceAccounts">, Request> = {
  etcd: { commonName: "etcd", names: ["localhost", "127.0.0.1"] },
  apiserver: { commonName: "kube-apiserver", names: serverNames },
  admin: { commonName: "security-stack-admin", organization: "system:masters" },
  controllerManager: { commonName: "system:kube-controller-manager" },
  scheduler: { commonName: "system:kube-scheduler" },
  kwok: { commonName: "kwok", organization: "system:masters" },
};

/**
 * The certificates in `folder`, made when they are not there. They are made beside it and moved in at once, so an interrupted
 * run leaves all of them or none.
 */
export async function ensurePki(folder: string): Promise<Pki> {
  if (!existsSync(folder)) {
    const draft = `${folder}.draft`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    await writePki(draft);
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(draft, folder);
  }
  const names = ["ca", "serviceAccounts", ...Object.keys(requests)] as (keyof Pki)[];
  return Object.fromEntries(names.map((name) => [name, files(folder, name)])) as unknown as Pki;
}

/** A further certificate of the cluster's, made anew with its key in a folder of the caller's. */
export async function issueIdentity(
  folder: string,
  name: string,
  request: Request,
  ca: Identity,
): Promise<Identity> {
  const keys = await makeKeys();
  const certificate = await makeCertificate(request, keys, await readCa(ca));
  const identity = files(folder, name);
  write(identity, certificate.toString("pem"), await pem(keys.privateKey));
  return identity;
}

/** The text of a certificate or key file, base64 as a kubeconfig wants it. */
export function base64Of(file: string): string {
  return readFileSync(file).toString("base64");
}

async function writePki(folder: string): Promise<void> {
  const ca = await makeCa();
  write(files(folder, "ca"), ca.certificate.toString("pem"), await pem(ca.keys.privateKey));
  for (const [name, request] of Object.entries(requests)) {
    const keys = await makeKeys();
    const certificate = await makeCertificate(request, keys, ca);
    write(files(folder, name), certificate.toString("pem"), await pem(keys.privateKey));
  }
  const signing = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  write(files(folder, "serviceAccounts"), signing.publicKey, signing.privateKey);
}

interface Authority {
  certificate: x509.X509Certificate;
  keys: Pick<webcrypto.CryptoKeyPair, "privateKey">;
}

async function readCa(ca: Identity): Promise<Authority> {
  const key = x509.PemConverter.decodeFirst(readFileSync(ca.key, "utf8"));
  const privateKey = await webcrypto.subtle.importKey("pkcs8", key, algorithm, false, ["sign"]);
  return {
    certificate: new x509.X509Certificate(readFileSync(ca.certificate, "utf8")),
    keys: { privateKey },
  };
}

async function makeCa(): Promise<Authority> {
  const keys = await makeKeys();
  const usage =
    x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: "CN=security-stack embedded cluster",
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(usage, true),
    ],
  });
  return { certificate, keys };
}

/** Each may serve and connect: etcd and the API server do both. */
async function makeCertificate(request: Request, keys: webcrypto.CryptoKeyPair, ca: Authority) {
  const { commonName, organization, names = [] } = request;
  const alternatives = names.map((name) => ({
    type: /^[\d.]+$/.test(name) ? ("ip" as const) : ("dns" as const),
    value: name,
  }));
  return x509.X509CertificateGenerator.create({
    ...validity(),
    subject: organization ? `CN=${commonName}, O=${organization}` : `CN=${commonName}`,
    issuer: ca.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  });
}

function validity() {
  const now = Date.now();
  return {
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    // A little in the past, for clocks that step back.
    notBefore: new Date(now - 3600_000),
    notAfter: new Date(now + lifetimeMs),
    signingAlgorithm: algorithm,
  };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as Promise<webcrypto.CryptoKeyPair>;
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function files(folder: string, name: string): Identity {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

function write({ certificate, key }: Identity, certificateText: string, keyText: string): void {
  writeFileSync(certificate, `${certificateText}\n`, { mode: 0o600 });
  writeFileSync(key, `${keyText}\n`, { mode: 0o600 });
}
