import { at, listAt, textAt } from "../kubernetes/read";
import type { Report, ResourcePolicy } from "../pack/policy";

/** What the API server shows others, or asks of them: they see and may change what passes through it. */
export const apiServerCallbacks: ResourcePolicy = {
  name: "api-server-callbacks",
  rule: "What the API server sends requests to is a Service of the cluster, whose certificate it checks.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05", "PR.DS-02"], iso: ["5.15", "8.20"], cis: [] },
  fix: "name a Service (clientConfig.service, spec.service) and the CA of its certificate (caBundle)",
  check(object, report) {
    if (
      object.group === "admissionregistration.k8s.io" &&
      /^(Mutating|Validating)WebhookConfiguration$/.test(object.kind)
    )
      report.each(listAt(object.props, "webhooks"), (webhook) =>
        refuseUrl(webhook, `webhook ${textAt(webhook, "name") ?? "without a name"}`, report),
      );
    if (object.group === "apiextensions.k8s.io" && object.kind === "CustomResourceDefinition")
      refuseUrl(at(object.props, "spec", "conversion", "webhook"), "conversion webhook", report);
    if (object.group === "apiregistration.k8s.io" && object.kind === "APIService") {
      if (at(object.props, "spec", "insecureSkipTLSVerify") === true)
        report.violation({
          found: "insecureSkipTLSVerify: true",
          allowed: "a certificate that is checked: whoever answers gets the users' requests",
        });
    }
  },
};

function refuseUrl(client: unknown, where: string, report: Report): void {
  const url = textAt(client, "clientConfig", "url");
  if (url === undefined) return;
  report.violation({
    where,
    found: `url ${hostOf(url)}, failurePolicy ${textAt(client, "failurePolicy") ?? "none"}`,
    allowed:
      "a Service of the cluster: a server elsewhere gets every object, Secrets among them, and may change it",
  });
}

/** Without a path or a user, which may have a secret. */
function hostOf(url: string): string {
  return /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]*)/i.exec(url)?.[1] ?? "that can't be read";
}
