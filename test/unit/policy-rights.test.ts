import assert from "node:assert/strict";
import { apiServerCallbacks } from "../../policy-pack/policies/api-server-callbacks";
import { automountToken } from "../../policy-pack/policies/automount-token";
import { defaultDenyNetwork } from "../../policy-pack/policies/default-deny-network";
import { noClearSecrets } from "../../policy-pack/policies/no-clear-secrets";
import { noClusterAdmin } from "../../policy-pack/policies/no-cluster-admin";
import { noEscalatingRbac } from "../../policy-pack/policies/no-escalating-rbac";
import { noWildcardRbac } from "../../policy-pack/policies/no-wildcard-rbac";
import { serviceTls } from "../../policy-pack/policies/service-tls";
import { trafficOfOthers } from "../../policy-pack/policies/traffic-of-others";
import {
  container,
  fails,
  isNotChecked,
  judge,
  passes,
  patched,
  pod,
  UNKNOWN,
} from "../support/policy/assertions";
import {
  collectorConfigMap,
  denyAll,
  goodCronJob,
  goodDaemonSet,
  goodDeployment,
  goodNamespace,
  goodStore,
  NAMESPACE,
  object,
} from "../support/policy/policy-objects";

const RBAC = "rbac.authorization.k8s.io/v1";
const role = (rule: object) => object(RBAC, "ClusterRole", "r", { rules: [rule] });
const RULE = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };

describe("policy no-wildcard-rbac", () => {
  const policy = noWildcardRbac;

  it("passes roles that name what they give", () => {
    passes(policy, [role(RULE), role({ nonResourceURLs: ["/healthz"], verbs: ["get"] }), goodDaemonSet()]);
    passes(policy, object(RBAC, "ClusterRole", "aggregated", { rules: null }));
    // Rules of something else.
    passes(policy, object("audit.example/v1", "Policy", "p", { rules: [{ verbs: ["*"] }] }));
  });

  it("fails for a wildcard in any field", () => {
    for (const field of ["apiGroups", "resources", "verbs", "nonResourceURLs"])
      fails(
        policy,
        role({ ...RULE, [field]: ["a", "*"] }),
        new RegExp(`rules\\[0\\]\n {2}found: {3}${field}: \\*`),
      );
    for (const resource of ["pods/*", "*/exec", "*/*"])
      fails(policy, role({ ...RULE, resources: [resource] }), /resources: \S*\*\S*\n/);
    fails(policy, role({ nonResourceURLs: ["/api*", "/logs/*"], verbs: ["get"] }), /: \/api\*, \/logs\/\*/);
    fails(policy, { ...role({ ...RULE, verbs: ["*"] }), kind: "Role" }, /Role\/security-system\/r/);
  });

  it("is not checked where a rule is unknown, and judges the others", () => {
    const rules = [
      { ...RULE, verbs: UNKNOWN },
      { ...RULE, verbs: ["*"] },
    ];
    const verdict = judge(policy, object(RBAC, "ClusterRole", "r", { rules }));
    assert.equal(verdict.violations.length, 1);
    assert.match(verdict.advice.join(), /not checked: .*rules\.0\.verbs/);
    isNotChecked(policy, role({ ...RULE, verbs: UNKNOWN }), /rules\.0\.verbs/);
  });
});

describe("policy no-escalating-rbac", () => {
  const policy = noEscalatingRbac;
  const aggregated = (selector: object) =>
    object(RBAC, "ClusterRole", "a", { aggregationRule: { clusterRoleSelectors: [selector] } });

  it("passes roles that give what they name, and sums of roles with a label", () => {
    passes(policy, [role(RULE), goodDaemonSet()]);
    passes(policy, role({ ...RULE, resources: ["serviceaccounts/token"] }));
    passes(policy, object("audit.example/v1", "Policy", "p", { rules: [{ verbs: ["bind"] }] }));
    passes(policy, aggregated({ matchLabels: { "example.com/part": "reader" } }));
    passes(policy, aggregated({ matchExpressions: [{ key: "part", operator: "Exists" }] }));
  });

  it("fails for rights with which others are taken", () => {
    for (const verb of ["bind", "escalate", "impersonate"])
      fails(
        policy,
        role({ ...RULE, verbs: ["get", verb] }),
        new RegExp(`rules\\[0\\]\n {2}found: {3}verbs: ${verb}`),
      );
    const token = { ...RULE, resources: ["serviceaccounts/token"], verbs: ["create"] };
    fails(policy, { ...role(token), kind: "Role" }, /create serviceaccounts\/token/);
  });

  const RIGHTS: [group: string, resource: string, verbs: string[], gives: RegExp][] = [
    ["", "serviceaccounts/token", ["create"], /tokens of other ServiceAccounts/],
    ["", "nodes/proxy", ["get", "create", "update", "patch", "delete"], /past admission and the audit log/],
    ["", "pods/exec", ["get", "create"], /commands in the pods of all namespaces/],
    ["", "pods/attach", ["get", "create"], /commands in the pods of all namespaces/],
    ["", "pods/ephemeralcontainers", ["update", "patch"], /containers in the pods of all namespaces/],
    ["", "persistentvolumes", ["create", "update", "patch"], /any path of any node/],
    ["", "namespaces", ["update", "patch"], /another Pod Security level/],
    ["certificates.k8s.io", "certificatesigningrequests/approval", ["update", "patch"], /certificates/],
    ["certificates.k8s.io", "certificatesigningrequests/status", ["update", "patch"], /certificates/],
    ["certificates.k8s.io", "signers", ["approve", "sign", "attest"], /client certificates of any name/],
    ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations", "mutatingadmissionpolicies"]
      .concat(
        "mutatingadmissionpolicybindings",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
      )
      .map((resource): [string, string, string[], RegExp] => [
        "admissionregistration.k8s.io",
        resource,
        ["create", "update", "patch", "delete", "deletecollection"],
        /a say on every request/,
      ]),
    ["apiregistration.k8s.io", "apiservices", ["create", "update", "patch"], /a part of the API/],
  ];

  for (const [group, resource, verbs, gives] of RIGHTS)
    it(`fails for ${resource}, which gives what the role does not name`, () => {
      for (const verb of verbs) {
        const rule = (change: object) =>
          role({ apiGroups: ["x", group], resources: ["pods", resource], verbs: ["list", verb], ...change });
        fails(policy, rule({}), [new RegExp(`rules\\[0\\]\n {2}found: {3}${verb} ${resource}\n`)]);
        fails(policy, rule({ apiGroups: ["*"] }), gives);
        passes(policy, rule({ apiGroups: ["example.com"] }));
        passes(policy, rule({ resources: ["pods"] }));
        passes(policy, rule({ verbs: ["list"] }));
      }
    });

  it("leaves a role of one namespace the commands in its own pods", () => {
    for (const [resource, verb] of [
      ["pods/exec", "create"],
      ["pods/attach", "create"],
      ["pods/ephemeralcontainers", "patch"],
    ])
      passes(policy, { ...role({ ...RULE, resources: [resource], verbs: [verb] }), kind: "Role" });
    const bind = { ...role({ ...RULE, resources: ["nodes/proxy"], verbs: ["get"] }), kind: "Role" };
    fails(policy, bind, /get nodes\/proxy/);
  });

  it("fails for a role that is added to `view` and gives more than reading what is no secret", () => {
    const added = (rule: object, value = "true") => {
      const labels = { "rbac.authorization.k8s.io/aggregate-to-view": value };
      const one = role({ ...RULE, ...rule });
      return { ...one, metadata: { ...one.metadata, labels } };
    };
    const secrets = { resources: ["configmaps", "secrets"], verbs: ["get", "list", "watch"] };
    passes(policy, [added({}), added(secrets, "false"), role({ ...RULE, ...secrets })]);
    passes(policy, added({ ...secrets, apiGroups: ["example.com"] }));
    fails(policy, added(secrets), /rules\[0\]\n {2}found: {3}secrets for all who may view/);
    fails(policy, added({ verbs: ["get", "delete"] }), /found: {3}delete for all who may view/);
    for (const verb of ["get", "list", "watch"]) passes(policy, added({ verbs: [verb] }));
  });

  it("fails for a role that is all others together", () => {
    fails(policy, aggregated({}), /clusterRoleSelectors\[0\]\n {2}found: {3}every ClusterRole/);
    fails(policy, aggregated({ matchLabels: {} }), /every ClusterRole/);
  });

  it("is not checked where verbs are unknown", () => {
    isNotChecked(policy, role({ ...RULE, verbs: UNKNOWN }), /rules\.0\.verbs/);
  });
});

const SUBJECT = { kind: "ServiceAccount", name: "agent", namespace: NAMESPACE };
const binding = (roleName: string, subject: object = SUBJECT, kind = "ClusterRoleBinding") =>
  object(RBAC, kind, "b", { roleRef: { kind: "ClusterRole", name: roleName }, subjects: [subject] });

describe("policy no-cluster-admin", () => {
  const policy = noClusterAdmin;

  it("passes a role of its own, and what is no binding", () => {
    passes(policy, [binding("agent"), goodDaemonSet()]);
    passes(policy, { ...binding("cluster-admin"), apiVersion: "audit.example/v1", kind: "BindingReview" });
  });

  it("fails for an administrator's role", () => {
    fails(policy, binding("cluster-admin"), /roleRef cluster-admin/);
    fails(policy, binding("edit", SUBJECT, "RoleBinding"), /roleRef edit/);
  });

  it("fails for everybody as subject", () => {
    fails(
      policy,
      binding("agent", { kind: "Group", name: "system:authenticated" }),
      /subject system:authenticated/,
    );
    fails(policy, binding("agent", { kind: "Group", name: "system:masters" }), /subject system:masters/);
  });

  it("fails for a role of a component of Kubernetes, and passes those that are for others", () => {
    for (const name of [
      ...["system:controller:clusterrole-aggregation-controller", "system:kube-controller-manager"],
      ...["system:node", "system:node-bootstrapper", "system:kubelet-api-admin", "system:kube-scheduler"],
      ...["system:certificates.k8s.io:certificatesigningrequests:nodeclient", "system:aggregate-to-admin"],
    ])
      fails(policy, binding(name), new RegExp(`roleRef ${name}\n`));
    for (const name of ["system:auth-delegator", "system:node-problem-detector", "system:monitoring"])
      passes(policy, binding(name));
  });

  it("fails for what pods have without asking for it", () => {
    const account = { kind: "ServiceAccount", name: "default", namespace: NAMESPACE };
    fails(policy, binding("agent", account, "RoleBinding"), /subject default: every pod .* no account/);
    const user = { kind: "User", name: `system:serviceaccount:${NAMESPACE}:default` };
    fails(policy, binding("agent", user), /:default: every pod of the namespace that names no account/);
    const group = { kind: "Group", name: `system:serviceaccounts:${NAMESPACE}` };
    fails(
      policy,
      binding("agent", group),
      /subject system:serviceaccounts:\S+: every pod of the namespace\n/,
    );
    passes(policy, binding("agent", { kind: "User", name: "default" }));
    passes(policy, binding("agent", { ...account, name: "default-agent" }));
    passes(policy, binding("agent", { ...user, name: `system:serviceaccount:${NAMESPACE}:default-agent` }));
    passes(policy, binding("agent", { ...user, name: `my:system:serviceaccount:${NAMESPACE}:default` }));
  });

  it("takes other lists", () => {
    fails(policy, binding("agent"), /roleRef agent/, { config: { roles: ["agent"] } });
    fails(policy, binding("x"), /subject agent/, { config: { subjects: ["agent"] } });
  });

  it("is not checked where the role is unknown", () => {
    isNotChecked(policy, patched(binding("x"), ["roleRef", "name"], UNKNOWN), /roleRef\.name/);
  });
});

describe("policy api-server-callbacks", () => {
  const policy = apiServerCallbacks;
  const ADMISSION = "admissionregistration.k8s.io/v1";
  const service = { service: { name: "w", namespace: NAMESPACE }, caBundle: "QQ==" };
  const webhook = (clientConfig: unknown, change: object = {}) => ({
    name: "w.example.com",
    clientConfig,
    ...change,
  });
  const configuration = (kind: string, ...webhooks: unknown[]) => object(ADMISSION, kind, "w", { webhooks });
  const definition = (clientConfig: unknown) =>
    object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "c", {
      spec: { conversion: { strategy: "Webhook", webhook: { clientConfig } } },
    });
  const service2 = (spec: object) => object("apiregistration.k8s.io/v1", "APIService", "a", { spec });

  it("passes Services with a certificate, and what is no such object", () => {
    for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
      passes(policy, configuration(kind, webhook(service, { failurePolicy: "Ignore" })));
    passes(policy, [definition(service), object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "c")]);
    passes(policy, [service2({ ...service, insecureSkipTLSVerify: false }), goodDaemonSet()]);
    const foreign = configuration("ValidatingWebhookConfiguration", webhook({ url: "https://x" }));
    passes(policy, { ...foreign, apiVersion: "audit.example/v1" });
    passes(policy, { ...foreign, kind: "ValidatingWebhookConfigurationList" });
    passes(policy, { ...definition({ url: "https://x" }), apiVersion: "audit.example/v1" });
    passes(policy, { ...definition({ url: "https://x" }), kind: "Conversion" });
    passes(policy, { ...service2({ insecureSkipTLSVerify: true }), apiVersion: "audit.example/v1" });
    passes(policy, { ...service2({ insecureSkipTLSVerify: true }), kind: "APIServiceList" });
  });

  it("fails for servers elsewhere, and shows no secret of their addresses", () => {
    const url = "https://user:secret@hooks.example:8443/in?token=secret";
    for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
      const both = configuration(kind, webhook(service), webhook({ url }, { failurePolicy: "Ignore" }));
      fails(
        policy,
        both,
        /webhook w\.example\.com\n {2}found: {3}url hooks\.example:8443, failurePolicy Ignore\n/,
      );
    }
    fails(
      policy,
      definition({ url }),
      /conversion webhook\n {2}found: {3}url hooks\.example:8443, failurePolicy none/,
    );
    fails(policy, definition({ url: "hooks" }), /url that can't be read/);
  });

  it("fails for an API whose server nobody knows", () => {
    fails(policy, service2({ insecureSkipTLSVerify: true }), /insecureSkipTLSVerify: true/);
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, definition({ url: UNKNOWN }), /clientConfig\.url/);
    const webhooks = [webhook({ url: UNKNOWN }), webhook({ url: "https://x" })];
    const verdict = judge(policy, configuration("ValidatingWebhookConfiguration", ...webhooks));
    assert.equal(verdict.violations.length, 1);
  });
});

describe("policy traffic-of-others", () => {
  const policy = trafficOfOthers;
  const service = (spec: object) => object("v1", "Service", "s", { spec });
  const annotated = (apiVersion: string, kind: string, annotation: string) =>
    patched(object(apiVersion, kind, "i"), ["metadata", "annotations"], { [annotation]: "x" });
  const ingress = (annotation: string) => annotated("networking.k8s.io/v1", "Ingress", annotation);

  it("passes Services without addresses, and Ingresses with single settings", () => {
    passes(policy, [service({ type: "LoadBalancer" }), service({ externalIPs: [] }), goodDaemonSet()]);
    passes(policy, object("example.com/v1", "Service", "s", { spec: { externalIPs: ["192.0.2.1"] } }));
    passes(policy, object("v1", "Endpoints", "s", { spec: { externalIPs: ["192.0.2.1"] } }));
    passes(policy, ingress("nginx.ingress.kubernetes.io/proxy-body-size"));
    passes(policy, ingress("haproxy.org/timeout-server"));
    passes(policy, annotated("networking.k8s.io/v1", "NetworkPolicy", "nginx.org/server-snippets"));
    passes(policy, annotated("example.com/v1", "Ingress", "nginx.org/server-snippets"));
  });

  it("fails for addresses that a Service takes", () => {
    fails(
      policy,
      service({ externalIPs: ["192.0.2.1", "198.51.100.7"] }),
      /externalIPs 192\.0\.2\.1, 198\.51\.100\.7/,
    );
  });

  it("fails for configuration of the proxy as text", () => {
    for (const name of [
      ...["server", "configuration", "auth", "stream", "modsecurity"].map(
        (part) => `nginx.ingress.kubernetes.io/${part}-snippet`,
      ),
      ...["server", "location", "http"].map((part) => `nginx.org/${part}-snippets`),
      ...["backend-config-snippet", "frontend-config-snippet", "global-config-snippet"].map(
        (part) => `haproxy.org/${part}`,
      ),
      ...["config-backend", "config-frontend", "auth-snippet"].map(
        (part) => `haproxy-ingress.github.io/${part}`,
      ),
    ]) {
      const found = new RegExp(`annotation ${name}\n`);
      fails(policy, ingress(name), found);
      fails(policy, annotated("extensions/v1beta1", "Ingress", name), found);
      fails(policy, annotated("v1", "Service", name), found);
    }
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, service({ externalIPs: UNKNOWN }), /externalIPs/);
  });
});

describe("policy automount-token", () => {
  const policy = automountToken;
  const account = (automount?: boolean) => ({
    ...object("v1", "ServiceAccount", "agent"),
    ...(automount === undefined ? {} : { automountServiceAccountToken: automount }),
  });
  const using = (name: string | undefined, automount?: unknown) =>
    patched(
      patched(goodDaemonSet(), pod("serviceAccountName"), name),
      pod("automountServiceAccountToken"),
      automount,
    );

  it("passes pods without a token, by their own word or their account's", () => {
    passes(policy, [goodDaemonSet(), goodDeployment(), goodCronJob(), goodStore()]);
    passes(policy, [using("agent"), account(false)]);
  });

  it("passes a token whose account has rights", () => {
    passes(policy, [using("agent"), account(), binding("agent")]);
    passes(policy, [using("agent", true), account(false), binding("agent", SUBJECT, "RoleBinding")]);
    passes(policy, [
      using("agent"),
      account(),
      binding("agent", { kind: "ServiceAccount", name: "agent" }, "RoleBinding"),
    ]);
  });

  it("passes a token whose account has rights by another name, by a group, or without a namespace anywhere", () => {
    for (const subject of [
      { kind: "User", name: `system:serviceaccount:${NAMESPACE}:agent` },
      { kind: "Group", name: `system:serviceaccounts:${NAMESPACE}` },
      { kind: "Group", name: "system:serviceaccounts" },
      { kind: "Group", name: "system:authenticated" },
    ])
      passes(policy, [using("agent"), account(), binding("agent", subject)]);
    const nowhere = (object: object) => patched(object, ["metadata", "namespace"], undefined);
    const unnamed = binding("agent", { kind: "ServiceAccount", name: "agent" }, "RoleBinding");
    passes(policy, [nowhere(using("agent")), nowhere(account()), nowhere(unnamed)]);
    passes(policy, [nowhere(using("agent")), patched(unnamed, ["metadata", "namespace"], "default")]);
    passes(policy, [patched(using(undefined), pod("serviceAccount"), "agent"), binding("agent")]);
    // Install files for `kubectl apply -n agents`.
    const inAgents = binding("agent", { ...SUBJECT, namespace: "agents" });
    passes(policy, [nowhere(using("agent")), binding("agent", { ...SUBJECT, name: "other" }), inAgents]);
    fails(
      policy,
      [nowhere(using("agent")), binding("agent", { ...SUBJECT, name: "other-agent" })],
      /the token/,
    );
    fails(
      policy,
      [nowhere(using("agent")), binding("agent", { kind: "User", name: "x:agent" })],
      /the token/,
    );
  });

  it("fails where the group or the user is of another namespace", () => {
    for (const subject of [
      { kind: "User", name: "system:serviceaccount:other:agent" },
      { kind: "User", name: "agent" },
      { kind: "Group", name: "system:serviceaccounts:other" },
    ])
      fails(policy, [using("agent"), binding("agent", subject)], /the token/);
    const foreign = { ...binding("agent"), apiVersion: "audit.example/v1" };
    fails(policy, [using("agent"), foreign], /the token/);
  });

  it("fails for a token that the pod mounts itself, unless it is for another server", () => {
    const mounting = (...sources: object[]) =>
      patched(goodDaemonSet(), pod("volumes"), [{ name: "t", projected: { sources } }]);
    const token = (audience?: string) => ({ serviceAccountToken: { path: "token", audience } });
    for (const audience of [
      undefined,
      "",
      "https://kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
      "https://kubernetes.default",
    ])
      fails(policy, [mounting({ configMap: { name: "c" } }, token(audience))], /the token of ServiceAccount/);
    for (const audience of ["vault", "sts.amazonaws.com", "https://kubernetes.default.example.com"])
      passes(policy, [mounting(token(audience))]);
    passes(policy, [mounting({ configMap: { name: "c" } })]);
    const beside = patched(mounting(token()), pod("volumes", "+"), { name: "tmp", emptyDir: {} });
    fails(policy, [beside], /the token of ServiceAccount/);
    const bound = binding("agent", { kind: "ServiceAccount", name: "default", namespace: NAMESPACE });
    passes(policy, [mounting(token()), bound]);
  });

  it("fails for a token that never expires", () => {
    const secret = (type: string) => ({ ...object("v1", "Secret", "s"), type });
    const annotations = { "kubernetes.io/service-account.name": "agent" };
    const token = patched(
      secret("kubernetes.io/service-account-token"),
      ["metadata", "annotations"],
      annotations,
    );
    fails(
      policy,
      [token],
      /Secret\/security-system\/s\n {2}found: {3}a token of ServiceAccount agent that never/,
    );
    fails(policy, [secret("kubernetes.io/service-account-token")], /ServiceAccount nobody/);
    passes(policy, [secret("Opaque"), { ...token, kind: "SecretTemplate" }]);
  });

  it("asks the account and no other object of its name", () => {
    const namesake = { ...object("v1", "ConfigMap", "agent"), automountServiceAccountToken: false };
    fails(policy, [namesake, using("agent"), account()], /the token/);
  });

  it("fails for a token that nobody gave rights", () => {
    fails(
      policy,
      [using("agent"), account()],
      /DaemonSet\/security-system\/agent\n {2}found: {3}the token of ServiceAccount security-system\/agent/,
    );
    fails(policy, [using("agent", true), account(false)], /the token/);
    fails(policy, [using(undefined)], /ServiceAccount security-system\/default/);
    fails(
      policy,
      [using("agent"), account(), binding("agent", { ...SUBJECT, namespace: "other" })],
      /the token/,
    );
    fails(policy, [using("agent"), account(), binding("agent", { ...SUBJECT, kind: "User" })], /the token/);
    fails(policy, [using("agent"), account(), binding("agent", SUBJECT, "BindingReview")], /the token/);
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, [using("agent", UNKNOWN)], /automountServiceAccountToken/);
  });
});

describe("policy default-deny-network", () => {
  const policy = defaultDenyNetwork;

  it("passes namespaces that deny by default", () => {
    passes(policy, [goodNamespace(), goodDaemonSet(), denyAll()]);
    for (const podSelector of [{ matchLabels: {} }, { matchLabels: null, matchExpressions: [] }])
      passes(policy, [goodDaemonSet(), patched(denyAll(), ["spec", "podSelector"], podSelector)]);
    passes(policy, [object("v1", "ConfigMap", "c")]);
  });

  it("fails for a namespace of the stack, and for one that only its pods are in", () => {
    fails(policy, [goodNamespace("a"), denyAll()], /Namespace\/a\n {2}found: {3}namespace a without/);
    fails(policy, [goodDaemonSet(), denyAll("other")], /DaemonSet\/security-system\/agent/);
    fails(policy, [goodStore()], /namespace security-system without/);
    fails(
      policy,
      [patched(goodDaemonSet(), ["metadata", "namespace"], undefined)],
      /namespace default without/,
    );
  });

  it("fails for a policy that leaves something open", () => {
    const open: [(string | number)[], unknown][] = [
      [["spec", "podSelector"], { matchLabels: { app: "x" } }],
      [["spec", "policyTypes"], ["Ingress"]],
      [["spec", "policyTypes"], ["Egress"]],
      [["spec", "ingress"], [{}]],
      [["spec", "egress"], [{ to: [] }]],
      [["spec", "podSelector"], undefined],
    ];
    for (const [path, value] of open)
      fails(policy, [goodNamespace(), patched(denyAll(), path, value)], /without a default-deny/);
    fails(policy, [goodNamespace(), { ...denyAll(), apiVersion: "cilium.io/v2" }], /without/);
  });

  it("is not checked where a policy's rules are unknown", () => {
    const verdict = judge(policy, [goodNamespace(), patched(denyAll(), ["spec", "egress"], UNKNOWN)]);
    assert.match(verdict.advice.join(), /not checked: .*egress/);
    isNotChecked(policy, [denyAll(), patched(denyAll(), ["spec", "egress"], UNKNOWN)], /egress/);
  });
});

describe("policy service-tls", () => {
  const policy = serviceTls;
  const service = (port: object, spec: object = {}) =>
    object("v1", "Service", "gateway", {
      spec: { selector: { "app.kubernetes.io/name": "gateway" }, ports: [{ port: 4317, ...port }], ...spec },
    });
  const collector = (...mounted: string[]) => {
    const volumes = mounted.map((name) => ({ name, configMap: { name } }));
    const ports = [{ name: "otlp", containerPort: 4317 }];
    return patched(patched(goodDeployment("gateway"), pod("volumes"), volumes), container("ports"), ports);
  };

  it("passes a port that says TLS", () => {
    for (const port of [
      { appProtocol: "https" },
      { appProtocol: "kubernetes.io/wss" },
      { name: "https" },
      { name: "grpc-tls" },
      { name: "https-api" },
    ])
      passes(policy, [service(port)]);
    passes(policy, [goodDaemonSet()]);
  });

  it("passes a port with a collector's TLS receiver behind it, by name and by number", () => {
    const config = collectorConfigMap("gateway-config");
    for (const port of [{ targetPort: "otlp" }, { targetPort: 4317 }, {}])
      passes(policy, [service({ appProtocol: "grpc", ...port }), collector("gateway-config"), config]);
  });

  it("fails for a port that says nothing and has no TLS behind it", () => {
    fails(policy, [service({ name: "http" })], /port http\n {2}found: {3}appProtocol none/);
    fails(policy, [service({ appProtocol: "grpc" })], /port 4317\n {2}found: {3}appProtocol grpc/);
    const plain = collectorConfigMap("gateway-config", (config) => {
      delete config.receivers.otlp.protocols.grpc.tls;
    });
    fails(policy, [service({}), collector("gateway-config"), plain], /port 4317/);
    const config = collectorConfigMap("gateway-config");
    fails(policy, [service({ port: 4318 }), collector("gateway-config"), config], /port 4318/);
    fails(policy, [service({}), collector("other-config"), config], /port 4317/);
    fails(policy, [service({}, { selector: {} }), collector("gateway-config"), config], /port 4317/);
    fails(
      policy,
      [service({}, { selector: { app: "other" } }), collector("gateway-config"), config],
      /port 4317/,
    );
    const elsewhere = patched(collector("gateway-config"), ["metadata", "namespace"], "other");
    fails(policy, [service({}), elsewhere, patched(config, ["metadata", "namespace"], "other")], /port 4317/);
  });

  it("leaves out what has no pods, and the Services of charts", () => {
    passes(policy, [service({}, { type: "ExternalName" })]);
    passes(policy, [{ ...service({}), apiVersion: "serving.example/v1" }]);
    passes(policy, [service({})], { parents: ["kubernetes:helm.sh/v4:Chart"] });
  });

  it("is not checked where the port's protocol is unknown", () => {
    isNotChecked(policy, [service({ appProtocol: UNKNOWN })], /appProtocol/);
  });
});

describe("policy no-clear-secrets", () => {
  const policy = noClearSecrets;
  const map = (key: string, text: string) => object("v1", "ConfigMap", "c", { data: { [key]: text } });
  const env = (name: string, value: unknown) =>
    patched(goodDeployment(), container("env"), [{ name, value }]);
  const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${"A".repeat(64)}\n-----END RSA PRIVATE KEY-----`;

  it("passes references, paths, switches and rules about secrets", () => {
    for (const text of [
      "password: ${env:ES_PASSWORD}",
      "api_key: /etc/es/key",
      "token: true",
      "secret: short",
      "passwordless: hunter2hunter2",
      "key_file: /etc/tls/tls.key",
      'condition: proc.args contains "BEGIN RSA PRIVATE KEY"',
      "endpoint: https://es.example:9200/path",
      "url: http://${USER}:${PASSWORD}@es.example",
      "",
    ])
      passes(policy, map("config.yaml", text));
    passes(policy, object("audit.example/v1", "ConfigMap", "c", { data: { password: "hunter2hunter2" } }));
    passes(policy, object("v1", "Secret", "c", { stringData: { password: "hunter2hunter2" } }));
    passes(policy, [
      env("LOG_LEVEL", "information"),
      env("API_TOKEN", undefined),
      env("API_TOKEN", "$(FROM)"),
      env("WEBHOOK_SECRET", "webhook-server-cert"),
      goodDaemonSet(),
    ]);
    passes(policy, object("v1", "Secret", "s", { data: { password: "aHVudGVyMg==" } }));
  });

  it("takes only texts in quotes for literal in programs", () => {
    passes(
      policy,
      map("reporter.js", "let token = page.metadata.continue;\nconst apiKey = readFileSync(path);"),
    );
    passes(policy, map("reporter.js", 'token = "";'));
    // As a library that signs requests has it, minified.
    passes(policy, map("reader.js", 'return "Credential="+this.credentials.accessKeyId+"/"+scope();'));
    fails(policy, map("reader.js", 'token="+hunter2/hunter2+"'), /line 1, a literal value of token/);
    fails(
      policy,
      map("reporter.js", 'const options = { password: "hunter2hunter2" };'),
      /line 1, a literal value of password/,
    );
    fails(
      policy,
      map("run.sh", "x=1\nexport API_TOKEN=hunter2hunter2"),
      /line 2, a literal value of API_TOKEN/,
    );
  });

  it("fails for secrets in a ConfigMap, by name and by look, without showing them", () => {
    const secrets: [string, string, RegExp][] = [
      [
        "config.yaml",
        "a: b\npassword: hunter2hunter2",
        /data config.yaml\n {2}found: {3}line 2, a literal value of password/,
      ],
      ["app.ini", "api_key = 'hunter2hunter2'", /line 1, a literal value of api_key/],
      ["x.json", '{\n"client_secret": "hunter2hunter2"\n}', /line 2, a literal value of client_secret/],
      ["list.yaml", "- token: hunter2hunter2", /literal value of token/],
      ["password", "hunter2hunter2", /a literal value of password/],
      ["tls.key", KEY, /a private key/],
      ["x", "AKIAABCDEFGHIJKLMNOP", /an AWS access key/],
      ["x", `ghp_${"a".repeat(36)}`, /a GitHub token/],
      ["x", "xoxb-1234567890-abcdef", /a Slack token/],
      ["x", `eyJ${"a".repeat(12)}.eyJ${"b".repeat(12)}.${"c".repeat(12)}`, /a JSON web token/],
      ["x", "url: https://elastic:hunter2hunter2@es.example:9200", /a password in a URL/],
    ];
    for (const [key, text, pattern] of secrets) {
      fails(policy, map(key, text), pattern);
      const [message = ""] = judge(policy, map(key, text)).violations;
      assert.equal(/hunter2|AAAA|AKIA|aaaa|1234567890|bbbb/.test(message), false, message);
    }
  });

  it("fails for secrets in a text of any form: JSON, YAML, INI, XML, connection strings", () => {
    const texts: [string, string, RegExp][] = [
      [
        "compact.json",
        '{"db": {"user": "a", "password": "inventedPw1"}}',
        /line 1, a literal value of password/,
      ],
      ["second.ini", "user=a password=inventedPw1", /literal value of password/],
      ["flow.yaml", "users: [{name: a, password: inventedPw1}]", /literal value of password/],
      ["block.yaml", "db:\n  password: |\n    inventedPw1", /line 2, a literal value of password/],
      ["tag.yaml", "password: !!str inventedPw1", /literal value of password/],
      ["anchor.yaml", "password: &pw inventedPw1", /literal value of password/],
      ["a.xml", "<db>\n<password>inventedPw1</password></db>", /line 2, a literal value of password/],
      ["b.xml", '<user name="a" password="inventedPw1"/>', /literal value of password/],
      [
        "app.properties",
        "a=b\nspring.datasource.password=inventedPw1",
        /line 2, .* spring.datasource.password/,
      ],
      ["c.toml", "clientSecret = 'inventedPw1'", /literal value of clientSecret/],
      ["odbc", "Server=h;User=a;Password=inventedPw1;", /literal value of Password/],
      ["jdbc", "url: jdbc:postgresql://h/db?user=a&password=inventedPw1", /literal value of password/],
      ["redis.conf", "bind 0.0.0.0\nrequirepass inventedPw1", /a password of Redis/],
      [".netrc", "machine h login a password inventedPw1", /a login of netrc/],
      ["config.json", '{"auths":{"r":{"auth":"aW52ZW50ZWQ6cHcx"}}}', /the login of a registry/],
      ["headers", 'proxy_set_header Authorization "Basic aW52ZW50ZWQ6cHcx";', /an Authorization header/],
      ["key.json", `{"private_key":"-----BEGIN PRIVATE KEY-----\\n${"A".repeat(64)}\\n"}`, /a private key/],
      ["a", `glpat-${"a".repeat(20)}`, /GitLab/],
      ["a", `AIza${"a".repeat(35)}`, /Google/],
    ];
    for (const [key, text, pattern] of texts) {
      fails(policy, map(key, text), pattern);
      assert.equal(judge(policy, map(key, text)).violations.join().includes("inventedPw1"), false);
    }
    const binaryData = { "app.ini": Buffer.from("password=inventedPw1").toString("base64"), other: 3 };
    fails(policy, object("v1", "ConfigMap", "c", { binaryData }), /binaryData app.ini/);
  });

  it("passes what only looks like it", () => {
    for (const text of [
      "The password: it is kept in a Secret",
      "# password: inventedPw1",
      "; password = inventedPw1",
      "password: <your password>",
      "password: $2a$10$abcdefghijklmnopqrstuv",
      "password: ENC[AES256_GCM,data:abc]",
      "password: $DB_PASSWORD",
      "password=$password",
      "token: $slack-token",
      "clientSecret: $dex.github.clientSecret",
      "password = vault:secret/data/db#password",
      "password: {{ .Values.password }}",
      "password: '********'",
      "password: !vault |",
      "passwordFile: /etc/secret/password",
      "existingSecret: regcred2",
      "max_token: 100000",
      "local token = response.body.token",
      "token = response.body.token",
      "bypass: everything",
      "url: http://host.example:80/path?mail=a@b.example",
      "url: redis://:$(PASSWORD)@h:6379",
      "url: redis://:${PASSWORD}@h:6379",
      "url: redis://:<password>@h:6379",
      "url: pre${PASSWORD}fix",
      "Authorization: Bearer ${TOKEN}",
    ])
      passes(policy, map("config.yaml", text));
    passes(policy, env("PWD", "/work"));
  });

  it("fails for secrets in command lines", () => {
    const withArgs = (field: string, ...args: unknown[]) => patched(goodDeployment(), container(field), args);
    for (const args of [
      ["--password=inventedPw1"],
      ["--db-password", "inventedPw1"],
      ["-c", "run --password inventedPw1"],
      ["-c", "export API_TOKEN=inventedPw1; run"],
      ["-Dspring.datasource.password=inventedPw1"],
      ["--url", "redis://:inventedPw1@h"],
      ["curl -u a:inventedPw1 https://h"],
    ])
      for (const field of ["command", "args"]) {
        fails(policy, withArgs(field, ...args), new RegExp(`container main, ${field}\n {2}found`));
        assert.equal(
          judge(policy, withArgs(field, ...args))
            .violations.join()
            .includes("inventedPw1"),
          false,
        );
      }
    const probe = { exec: { command: ["redis-cli", "--pass", "inventedPw1"] } };
    fails(policy, patched(goodDeployment(), container("livenessProbe"), probe), /livenessProbe.exec.command/);
    for (const args of [
      ["--password", "$(PASSWORD)"],
      ["--password", "--verbose"],
      ["--password-file", "/etc/pw"],
      ["--token", "/var/run/token"],
      ["--secret", "webhook-server-cert"],
      ["curl -u a:$PASSWORD https://h"],
      ["--password"],
    ])
      passes(policy, withArgs("args", ...args));
  });

  it("fails for secrets in custom objects, where no name of a Secret is meant", () => {
    const custom = (spec: object) => object("db.example/v1", "Database", "d", { spec });
    fails(policy, custom({ users: [{ name: "a", password: "inventedPw1" }] }), /spec.users.0.password\n/);
    fails(policy, custom({ url: "https://a:inventedPw1@h" }), /spec.url\n {2}found: {3}a password in a URL/);
    passes(policy, [
      custom({ password: true, apiKey: null, passphrase: undefined }),
      custom({ encryptedData: { password: "AgBxinvented" } }),
      custom({ secret: "mysecret", token: "projected1", credentials: "mycreds", password: { name: "s" } }),
      { ...object("v1", "Pod", "p"), spec: { password: "inventedPw1" } },
    ]);
  });

  it("fails for secrets in environment variables", () => {
    for (const [name, value] of [
      ["PGPASSWORD", "inventedPw1"],
      ["PASSWORD1", "inventedPw1"],
      ["clientSecret", "inventedPw1"],
      ["POSTGRES_PASSWORD", "12345678"],
      ["DB_PASSWORD", "$inventedPw1"],
      ["MYSQL_PWD", "root"],
      ["RABBITMQ_DEFAULT_PASS", "guest"],
      ["dbPass", "guest"],
      ["AWS_SECRET_ACCESS_KEY", "inventedPw1"],
      ["ENCRYPTION_KEY", "inventedPw1"],
    ] as const) {
      fails(policy, env(name, value), new RegExp(`env ${name}\n {2}found: {3}a literal value of ${name}`));
      assert.equal(judge(policy, env(name, value)).violations.join().includes("inventedPw1"), false);
    }
    fails(policy, env("REDIS_URL", "redis://:inventedPw1@redis:6379/0"), /a password in a URL/);
    const jdbc = env("JDBC_URL", "jdbc:postgresql://h/db?user=a&password=inventedPw1");
    fails(policy, jdbc, /literal value of password/);
    fails(policy, env("API_TOKEN", "webhook-server-cert"), /a literal value of API_TOKEN/);
    fails(policy, env("CLIENT_SECRET", "hunter-2-hunter"), /a literal value of CLIENT_SECRET/);
    fails(
      policy,
      env("ELASTIC_PASSWORD", "hunter2hunter2"),
      /env ELASTIC_PASSWORD\n {2}found: {3}a literal value of ELASTIC_PASSWORD/,
    );
    fails(policy, env("URL", "https://u:hunter2hunter2@x"), /env URL\n {2}found: {3}a password in a URL/);
    fails(
      policy,
      patched(
        goodStore(),
        ["spec", "nodeSets", 0, "podTemplate", "spec", "containers", 0, "env"],
        [{ name: "API_KEY", value: "hunter2hunter2" }],
      ),
      /API_KEY/,
    );
  });

  it("is not checked where a text is unknown, and judges the others", () => {
    const data = { a: UNKNOWN, password: "hunter2hunter2" };
    const verdict = judge(policy, object("v1", "ConfigMap", "c", { data }));
    assert.equal(verdict.violations.length, 1);
    isNotChecked(policy, map("a", UNKNOWN), /data\.a/);
    isNotChecked(policy, env("A", UNKNOWN), /env\.0\.value/);
  });
});
