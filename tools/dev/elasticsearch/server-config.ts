import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificates } from "../../../components/pipeline/certificates";

export interface ServerConfig {
  /** Folder of the distribution. */
  home: string;
  /** Folder of this server's own files. */
  folder: string;
  port: number;
  transportPort: number;
  /** Beside the size of the heap. */
  javaOptions: readonly string[];
  certificates: Certificates;
}

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
    [inFolder("config", "jvm.options.d", "test.options")]: [
      "-Xms1g",
      "-Xmx1g",
      ...config.javaOptions,
      "",
    ].join("\n"),
    [inFolder("config", "elasticsearch.yml")]: `${settings(config).join("\n")}\n`,
  };
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
  ];
}
