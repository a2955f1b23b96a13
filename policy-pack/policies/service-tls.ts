import { type CollectorConfig, mountedConfigs } from "../kubernetes/collector-config";
import { isOfOthers, type KubernetesObject, namespaceOf } from "../kubernetes/object";
import { containersOf, podsOf } from "../kubernetes/pods";
import { at, hasLabels, listAt, textAt, textMapAt } from "../kubernetes/read";
import type { Stack, StackPolicy } from "../pack/policy";

const TLS = /^(https|tls|grpcs|wss|kubernetes\.io\/wss)$|^(https|tls|grpcs)-|-(https|tls|grpcs)$/;

export const serviceTls: StackPolicy = {
  name: "service-tls",
  rule: "Every Service of ours speaks TLS.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-02"], iso: ["8.20", "8.24"], cis: [] },
  fix: "serve TLS behind the port and say so in appProtocol (`https`); a collector's receiver is recognised by its `tls` settings",
  checkStack(stack, report) {
    report.each(stack.objects, (object) => {
      if (object.kind !== "Service" || object.group !== "" || isOfOthers(object)) return;
      if (textAt(object.props, "spec", "type") === "ExternalName") return;
      report.each(listAt(object.props, "spec", "ports"), (port) => {
        const said = [textAt(port, "appProtocol"), textAt(port, "name")].filter((text) => text !== undefined);
        if (said.some((text) => TLS.test(text)) || isServedWithTls(object, port, stack)) return;
        report.violation(
          {
            where: `port ${textAt(port, "name") ?? textAt(port, "port")}`,
            found: `appProtocol ${textAt(port, "appProtocol") ?? "none"}, and no receiver with TLS behind it`,
            allowed: "appProtocol https or tls, or a collector's receiver with tls.cert_file",
          },
          object,
        );
      });
    });
  },
};

/** True where the port leads to a collector whose receiver on it has a certificate. */
function isServedWithTls(service: KubernetesObject, port: unknown, { objects }: Stack): boolean {
  const selector = textMapAt(service.props, "spec", "selector");
  const behind = objects
    .filter((object) => namespaceOf(object) === namespaceOf(service))
    .flatMap(podsOf)
    .filter((pods) => Object.keys(selector).length > 0 && hasLabels(pods.labels, selector));
  return behind.some((pods) => {
    const target = textAt(port, "targetPort") ?? textAt(port, "port") ?? "";
    const named = containersOf(pods)
      .flatMap((container) => listAt(container.value, "ports"))
      .find((containerPort) => textAt(containerPort, "name") === target);
    const number = textAt(named, "containerPort") ?? target;
    return mountedConfigs(pods, objects).some((config) => hasTlsReceiver(config, number));
  });
}

function hasTlsReceiver({ receivers }: CollectorConfig, port: string): boolean {
  const servers = receivers.flatMap(({ settings }) => [
    settings,
    ...["grpc", "http"].map((p) => at(settings, "protocols", p)),
  ]);
  return servers.some(
    (server) =>
      textAt(server, "endpoint")?.endsWith(`:${port}`) && textAt(server, "tls", "cert_file") !== undefined,
  );
}
