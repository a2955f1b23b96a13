import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { AlertReceiver } from "../../core/contract/contribution";
import { TLS_FILES } from "../../kubernetes/kept-tls";
import { TLS_FOLDER } from "../names";
import type { NotificationsConfig } from "../notifications-schema";
import { alertmanagerConfig } from "./configuration";
import { ownTemplates } from "./message";

const TEMPLATES = path.join(__dirname, "security.tmpl");

/** What the ConfigMap holds; there is no secret among it. */
export function alertmanagerFiles(
  config: NotificationsConfig,
  programs: readonly AlertReceiver[],
): Record<string, string> {
  return {
    "alertmanager.yml": stringify(alertmanagerConfig(config, programs), { lineWidth: 0 }),
    "client.yml": stringify(clientConfig()),
    "security.tmpl": fs.readFileSync(TEMPLATES, "utf8") + ownTemplates(config.message),
    "web.yml": stringify(webConfig()),
  };
}

function file(name: keyof typeof TLS_FILES): string {
  return `${TLS_FOLDER}/${TLS_FILES[name]}`;
}

/** Only who has a certificate of this authority gets an answer (prometheus/exporter-toolkit, docs/web-configuration.md). */
function webConfig() {
  return {
    tls_server_config: {
      cert_file: file("serverCertificate"),
      key_file: file("serverKey"),
      client_auth_type: "RequireAndVerifyClientCert",
      client_ca_file: file("ca"),
      min_version: "TLS13",
    },
  };
}

/** For amtool, in the probe and for whoever makes a silence from within the pod. */
function clientConfig() {
  return {
    tls_config: { ca_file: file("ca"), cert_file: file("clientCertificate"), key_file: file("clientKey") },
  };
}
