/**
 * Lines as the API server writes them (audit.k8s.io/v1), made by us: of ten three have a body, as on an ordinary day of test/audit
 * with the policy of the stack.
 */
const WITH_BODY = 3;

/** `sequence` tells one from another; the time is now. */
export function auditLine(sequence: number): string {
  return sequence % 10 < WITH_BODY ? deploymentChanged(sequence) : secretRead(sequence);
}

function secretRead(sequence: number): string {
  const name = `s-${sequence}`;
  return line(sequence, "Metadata", "get", {
    requestURI: `/api/v1/namespaces/shop/secrets/${name}`,
    objectRef: { resource: "secrets", namespace: "shop", name, apiVersion: "v1" },
    responseStatus: { metadata: {}, code: 200 },
  });
}

function deploymentChanged(sequence: number): string {
  const name = `web-${sequence}`;
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop" };
  const container = {
    name: "web",
    image: `registry.example.com/shop/web:1.${sequence}`,
    command: ["/bin/web", "--listen=:8080"],
    env: Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value-${i}-${sequence}` })),
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    livenessProbe: { httpGet: { path: "/healthy", port: 8080 }, periodSeconds: 10 },
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  };
  const spec = {
    serviceAccountName: "web",
    containers: [container],
    volumes: [{ name: "data", emptyDir: {} }],
  };
  return line(sequence, "Request", "update", {
    requestURI: `/apis/apps/v1/namespaces/shop/deployments/${name}`,
    objectRef: { resource: "deployments", namespace: "shop", name, apiGroup: "apps", apiVersion: "v1" },
    responseStatus: { metadata: {}, code: 200 },
    requestObject: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "shop", labels },
      spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  });
}

function line(sequence: number, level: string, verb: string, rest: Record<string, unknown>): string {
  const now = new Date().toISOString();
  const at = `${now.slice(0, -1)}${String(sequence % 1000).padStart(3, "0")}Z`;
  const { requestURI, ...others } = rest;
  return JSON.stringify({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level,
    auditID: `00000000-0000-4000-8000-${String(sequence).padStart(12, "0")}`,
    stage: "ResponseComplete",
    requestURI,
    verb,
    user: {
      username: "system:serviceaccount:shop:deployer",
      uid: "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
      groups: ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
      extra: {
        "authentication.kubernetes.io/credential-id": ["JTI=a3a4958e-c92e-4b53-b4a1-6b8a7d2f1c00"],
        "authentication.kubernetes.io/node-name": ["node-1"],
        "authentication.kubernetes.io/pod-name": ["deployer-7d9f5c6b8-x2x4z"],
        "authentication.kubernetes.io/pod-uid": ["0f8ae74c-4488-4c2b-9a49-586776859403"],
      },
    },
    sourceIPs: ["10.0.1.7"],
    userAgent: "deployer/1.2 (linux/amd64)",
    ...others,
    requestReceivedTimestamp: at,
    stageTimestamp: at,
    annotations: {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason": 'RBAC: allowed by RoleBinding "deployer/shop" of Role "deployer"',
    },
  });
}
