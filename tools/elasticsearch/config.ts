import { pbkdf2Sync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificates } from "../../components/pipeline/certificates";

export interface ServerConfig {
  /** Folder of the distribution. */
  home: string;
  /** Folder of this server's own files. */
  folder: string;
  port: number;
  transportPort: number;
  heap: string;
  certificates: Certificates;
  /** Password of the user {@link WRITER}. */
  writerPassword: string;
  /** Password of the user {@link REPORTER}. */
  reporterPassword: string;
  /** Password of the user {@link READER}. */
  readerPassword: string;
}

/**
 * A user with the rights of the gateway's API key and no others. This server build can't make API keys: their
 * index needs an analysis module that it lacks.
 */
export const WRITER = "writer";
/** The same for the Trivy reporter. */
export const REPORTER = "reporter";
/** What the scenarios' checks need: to read, and no more. */
export const READER = "reader";
const ROLES = `${WRITER}:
  indices:
    - names: ["security-*"]
      privileges: ["create_doc", "auto_configure"]
${REPORTER}:
  indices:
    - names: ["security-vuln*"]
      privileges: ["read", "index", "auto_configure"]
${READER}:
  indices:
    - names: ["security-events*", "security-inventory*", "security-vuln*"]
      privileges: ["read"]
`;

/** Files (and, with no content, folders) of a server, by absolute path. */
export function configFiles(config: ServerConfig): Record<string, string | undefined> {
  const { folder, certificates } = config;
  const inFolder = (...names: string[]) => join(folder, ...names);
  return {
    [inFolder("config")]: undefined,
    [inFolder("config", "jvm.options.d")]: undefined,
    [inFolder("data")]: undefined,
    [inFolder("logs")]: undefined,
    [inFolder("tmp")]: undefined,
    [inFolder("config", "ca.crt")]: certificates.caCertificate,
    [inFolder("config", "http.crt")]: certificates.serverCertificate,
    [inFolder("config", "http.key")]: certificates.serverKey,
    [inFolder("config", "jvm.options")]: readFileSync(join(config.home, "config", "jvm.options"), "utf8"),
    [inFolder("config", "log4j2.properties")]: readFileSync(
      join(config.home, "config", "log4j2.properties"),
      "utf8",
    ),
    [inFolder("config", "jvm.options.d", "heap.options")]: `-Xms${config.heap}\n-Xmx${config.heap}\n`,
    [inFolder("config", "roles.yml")]: ROLES,
    [inFolder("config", "users")]: lines(
      `${WRITER}:${passwordHash(config.writerPassword)}`,
      `${REPORTER}:${passwordHash(config.reporterPassword)}`,
      `${READER}:${passwordHash(config.readerPassword)}`,
    ),
    [inFolder("config", "users_roles")]: lines(
      ...[WRITER, REPORTER, READER].map((user) => `${user}:${user}`),
    ),
    [inFolder("config", "elasticsearch.yml")]: `${settings(config).join("\n")}\n`,
  };
}

function lines(...all: string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

function settings({ folder, port, transportPort }: ServerConfig): string[] {
  return [
    "cluster.name: security-stack",
    "node.name: node-1",
    "discovery.type: single-node",
    "network.host: 127.0.0.1",
    `http.port: ${port}`,
    `transport.port: ${transportPort}`,
    `path.data: ${join(folder, "data")}`,
    `path.logs: ${join(folder, "logs")}`,
    // A laptop's disk that is 90 % full is no reason for a test to fail.
    "cluster.routing.allocation.disk.threshold_enabled: false",
    "xpack.security.enabled: true",
    "xpack.security.http.ssl.enabled: true",
    "xpack.security.http.ssl.key: http.key",
    "xpack.security.http.ssl.certificate: http.crt",
    "xpack.security.transport.ssl.enabled: false",
    "xpack.security.authc.realms.file.file1.order: 0",
    "xpack.security.authc.realms.native.native1.order: 1",
  ];
}

/** As the file realm reads it (Elasticsearch x-pack Hasher.java, PBKDF2). */
function passwordHash(password: string): string {
  const rounds = 1000;
  const salt = randomBytes(32);
  const hash = pbkdf2Sync(password, salt, rounds, 32, "sha512");
  return `{PBKDF2}${rounds}$${salt.toString("base64")}$${hash.toString("base64")}`;
}
