import type { OcsfActivity } from "../documents/ocsf/classes";
import type { DocumentReader } from "../documents/ocsf/document-reader";
import { attacks, endpoint, ruleAnalytic, user } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";

/** Verbs of the API by `activity_id`; all others are "Other". */
const VERBS: readonly { activity: OcsfActivity<"api">; verbs: readonly string[] }[] = [
  { activity: 1, verbs: ["create"] },
  { activity: 2, verbs: ["get", "list", "watch"] },
  { activity: 3, verbs: ["update", "patch"] },
  { activity: 4, verbs: ["delete", "deletecollection"] },
];
const KNOWN = VERBS.flatMap(({ verbs }) => verbs);

/** `status_id`. */
const SUCCESS = 1;
const FAILURE = 2;
/** `dst_endpoint` and `src_endpoint` need something that names them. */
const UNKNOWN = "unknown";

/** Requests to the API server as events of OCSF; those that a rule matched are alerts. */
export const auditOcsf: OcsfMapping = {
  source: "components/k8s-audit/audit-ocsf.ts",
  product: { name: "Kubernetes API server", vendor_name: "Kubernetes" },
  rows: [
    ...VERBS.map(({ activity, verbs }) =>
      ocsfRow({
        kind: `request: ${verbs.join(", ")}`,
        class: "api",
        activity,
        selects: (document) => verbs.includes(document.text("event.action") ?? ""),
        fields: request,
      }),
    ),
    ocsfRow({
      kind: "request: any other verb",
      class: "api",
      activity: 99,
      selects: (document) => !KNOWN.includes(document.text("event.action") ?? ""),
      fields: request,
    }),
  ],
};

function request(document: DocumentReader): OcsfFields {
  const code = document.integer("http.response.status_code");
  const url = document.text("url.original");
  return {
    actor: { user: { ...user(document), ...impersonation(document) } },
    api: {
      operation: document.text("event.action") ?? UNKNOWN,
      service: { name: "kube-apiserver" },
      request: { uid: document.text("k8s_audit.audit_id") ?? UNKNOWN },
      response: code === undefined ? undefined : { code },
    },
    src_endpoint: endpoint(document.text("source.ip"), undefined) ?? { name: UNKNOWN },
    http_request: {
      user_agent: document.text("user_agent.original"),
      url: url === undefined ? undefined : { url_string: url, path: url.split("?")[0] },
    },
    http_response: code === undefined ? undefined : { code },
    resources: [resource(document)],
    ...outcome(document.text("event.outcome")),
    status_code: code === undefined ? undefined : String(code),
    is_alert: document.text("event.kind") === "alert",
    attacks: attacks(document),
    policy: ruleAnalytic(document),
  };
}

/** Who asked; anonymous where the API server could not tell. */
function impersonation(document: DocumentReader): OcsfFields {
  const groups = document.texts("k8s_audit.user_groups").map((name) => ({ name }));
  const name = document.text("user.name") ?? "system:anonymous";
  return { name, groups, display_name: document.text("user.effective.name") };
}

function resource(document: DocumentReader): OcsfFields | undefined {
  const type = document.text("k8s_audit.resource");
  const name = document.text("orchestrator.resource.name") ?? type;
  return name === undefined
    ? undefined
    : { name, type, namespace: document.text("orchestrator.namespace"), group: groupOf(document) };
}

function groupOf(document: DocumentReader): OcsfFields | undefined {
  const name = document.text("k8s_audit.api_group");
  return name === undefined ? undefined : { name };
}

function outcome(text: string | undefined): OcsfFields {
  if (text === "success") return { status_id: SUCCESS, status: "Success" };
  if (text === "failure") return { status_id: FAILURE, status: "Failure" };
  return {};
}
