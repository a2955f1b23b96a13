import {
  type CollectorConfig,
  collectorConfigsOf,
  isLoopback,
  sendingExporters,
} from "../kubernetes/collector-config";
import { at, isMap, shown, textAt, textsAt } from "../kubernetes/read";
import type { Report, ResourcePolicy } from "../pack/policy";

interface Config {
  requireClientCertificates: boolean;
}

export const collectorTls: ResourcePolicy<Config> = {
  name: "collector-tls",
  rule: "Collectors take and send data over verified TLS only.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-02", "PR.AA-03"], iso: ["5.14", "8.20", "8.24"], cis: [] },
  fix: "give the receiver tls.cert_file, key_file and client_ca_file, the exporter https:// and tls.ca_file, and neither insecure setting",
  config: {
    requireClientCertificates: {
      type: "boolean",
      default: true,
      description: "Receivers check the certificate of who sends.",
    },
  },
  check(object, report, { requireClientCertificates }) {
    for (const config of collectorConfigsOf(object)) {
      checkKafka(config, report);
      checkReceivers(config, report, requireClientCertificates);
      checkExporters(config, report);
    }
  },
};

function checkReceivers(
  { key, receivers }: CollectorConfig,
  report: Report,
  clientCertificates: boolean,
): void {
  const wanted = ["cert_file", "key_file", ...(clientCertificates ? ["client_ca_file"] : [])];
  for (const { id, settings } of receivers) {
    for (const protocol of ["grpc", "http"]) {
      const server = at(settings, "protocols", protocol);
      if (server === undefined || isLoopback(textAt(server, "endpoint") ?? "")) continue;
      const missing = wanted.filter((file) => textAt(server, "tls", file) === undefined);
      if (missing.length > 0)
        report.violation({
          where: `${key}, receivers.${id}.protocols.${protocol}`,
          found: `tls without ${missing.join(", ")}`,
          allowed: `tls with ${wanted.join(", ")}`,
        });
    }
  }
}

/** Its brokers are no URLs: without `tls` the connection is in clear (configkafka, ClientConfig). */
function checkKafka({ key, receivers, exporters }: CollectorConfig, report: Report): void {
  for (const [section, parts] of Object.entries({ receivers, exporters }))
    for (const { id, settings } of parts.filter(({ type }) => type === "kafka")) {
      const where = `${key}, ${section}.${id}`;
      if (!isMap(at(settings, "tls"))) report.violation({ where, found: "no tls", allowed: "tls" });
      if (section === "receivers") checkVerified(settings, where, report);
    }
}

function checkVerified(settings: unknown, where: string, report: Report): void {
  for (const setting of ["insecure", "insecure_skip_verify"])
    if (at(settings, "tls", setting) === true)
      report.violation({ where, found: `tls.${setting}: true`, allowed: `tls.${setting}: false` });
}

function checkExporters(config: CollectorConfig, report: Report): void {
  for (const { id, settings } of sendingExporters(config)) {
    const where = `${config.key}, exporters.${id}`;
    const endpoints = [textAt(settings, "endpoint") ?? "", ...textsAt(settings, "endpoints")];
    checkVerified(settings, where, report);
    for (const endpoint of endpoints.filter((url) => url.startsWith("http://") && !isLoopback(url)))
      report.violation({ where, found: `endpoint ${shown(endpoint)}`, allowed: "https://" });
  }
}
