import { readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import type { Target } from "../../../components/node-program/http-client";
import { base64Of, type Identity } from "./pki";

/** Writes a kubeconfig that holds everything it needs, readable by its owner only. */
export function writeKubeconfig(
  file: string,
  name: string,
  server: string,
  ca: Identity,
  user: Identity,
): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64Of(ca.certificate) } }],
    users: [
      {
        name,
        user: {
          "client-certificate-data": base64Of(user.certificate),
          "client-key-data": base64Of(user.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}

/** Reads back what `writeKubeconfig` wrote. */
export function targetOfKubeconfig(file: string): Target & { ca: string; cert: string; key: string } {
  const config = parse(readFileSync(file, "utf8"));
  const { server: url, "certificate-authority-data": ca } = config.clusters[0].cluster;
  const { "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
  const text = (data: string) => Buffer.from(data, "base64").toString();
  return { url, ca: text(ca), cert: text(cert), key: text(key) };
}
