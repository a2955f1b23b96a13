/** An event in the shape that a public source shows, written by us; what is told by it, and what has to be in its document. */
export interface PublicShape {
  source: string;
  event: Record<string, unknown>;
  user: string;
}

const EVENT = {
  kind: "Event",
  apiVersion: "audit.k8s.io/v1",
  level: "Metadata",
  stage: "ResponseComplete",
  verb: "get",
  sourceIPs: ["192.0.2.7"],
  userAgent: "kubectl/v1.35.4 (linux/amd64) kubernetes/0000000",
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: "2026-11-01T10:00:00.000001Z",
  stageTimestamp: "2026-11-01T10:00:00.004321Z",
  annotations: { "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "" },
};
const secret = (name: string) => ({
  requestURI: `/api/v1/namespaces/shape/secrets/${name}`,
  objectRef: { resource: "secrets", namespace: "shape", name, apiVersion: "v1" },
});

export const PUBLIC_SHAPES: readonly PublicShape[] = [
  {
    source: "EKS: a role of AWS (kubernetes-sigs/aws-iam-authenticator, pkg/server/server.go)",
    user: "kubernetes-admin",
    event: {
      ...EVENT,
      ...secret("eks-role"),
      user: {
        username: "kubernetes-admin",
        uid: "aws-iam-authenticator:111122223333:AROAEXAMPLE",
        groups: ["system:masters", "system:authenticated"],
        extra: {
          accessKeyId: ["ASIAEXAMPLE"],
          arn: ["arn:aws:sts::111122223333:assumed-role/Admin/jane"],
          canonicalArn: ["arn:aws:iam::111122223333:role/Admin"],
          sessionName: ["jane"],
        },
      },
    },
  },
  {
    source: "EKS: a refused kubelet with principalId (an issue about persistentvolumes of ebs-csi)",
    user: "system:node:ip-10-0-0-1.eu-west-1.compute.internal",
    event: {
      ...EVENT,
      requestURI: "/api/v1/persistentvolumes/eks-kubelet",
      objectRef: { resource: "persistentvolumes", name: "eks-kubelet", apiVersion: "v1" },
      user: {
        username: "system:node:ip-10-0-0-1.eu-west-1.compute.internal",
        uid: "aws-iam-authenticator:111122223333:AROANODE",
        groups: ["system:bootstrappers", "system:nodes", "system:authenticated"],
        extra: { principalId: ["AROANODE"], sessionName: ["i-0c6ae60ad1f13fa3d"] },
      },
      responseStatus: {
        metadata: {},
        status: "Failure",
        message: 'persistentvolumes "eks-kubelet" not found',
        reason: "NotFound",
        details: { name: "eks-kubelet", kind: "persistentvolumes" },
        code: 404,
      },
    },
  },
  {
    source: "AKS: what properties.log of a kube-audit record has (elastic/integrations, test-kube-audit.log)",
    user: "aksService",
    event: {
      ...EVENT,
      verb: "update",
      requestURI: "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/aks-approver",
      userAgent: "approver/v0.0.0 (linux/amd64) kubernetes/$Format/leader-election",
      user: { username: "aksService", groups: ["system:masters", "system:authenticated"] },
      objectRef: {
        resource: "leases",
        namespace: "kube-system",
        name: "aks-approver",
        uid: "14be99f8-0000-4000-8000-43e63d9386af",
        apiGroup: "coordination.k8s.io",
        apiVersion: "v1",
        resourceVersion: "93076016",
      },
    },
  },
  {
    source: "OpenShift: scopes of its OAuth server, several addresses (openshift/openshift-docs, audit logs)",
    user: "kube:admin",
    event: {
      ...EVENT,
      ...secret("openshift"),
      metadata: { creationTimestamp: "2026-11-01T10:00:00Z" },
      timestamp: "2026-11-01T10:00:00Z",
      sourceIPs: ["198.51.100.3", "10.0.57.93"],
      user: {
        username: "kube:admin",
        groups: ["system:cluster-admins", "system:authenticated"],
        extra: { "scopes.authorization.openshift.io": ["user:full"] },
      },
    },
  },
  {
    source: "Google Distributed Cloud: with the name of the host (cloud.google.com, Kubernetes audit logs)",
    user: "fleet-admin@example.com",
    event: {
      ...EVENT,
      ...secret("gdc"),
      hostname: "admin-1",
      user: { username: "fleet-admin@example.com", groups: ["system:authenticated"] },
      requestURI: "/api/v1/namespaces/shape/secrets/gdc?fieldManager=kubectl-edit",
    },
  },
  {
    source: "Kubernetes: a webhook that patched, Pod Security's notes (kubernetes.io, Audit Annotations)",
    user: "system:serviceaccount:shape:deployer",
    event: {
      ...EVENT,
      level: "RequestResponse",
      verb: "create",
      requestURI: "/api/v1/namespaces/shape/pods",
      objectRef: { resource: "pods", namespace: "shape", name: "annotated", apiVersion: "v1" },
      user: {
        username: "system:serviceaccount:shape:deployer",
        uid: "u",
        groups: ["system:serviceaccounts"],
      },
      requestObject: {
        kind: "Pod",
        apiVersion: "v1",
        metadata: { name: "annotated" },
        spec: { containers: [] },
      },
      responseObject: { kind: "Pod", apiVersion: "v1", metadata: { name: "annotated", managedFields: [{}] } },
      annotations: {
        "mutation.webhook.admission.k8s.io/round_0_index_0":
          '{"configuration":"c","webhook":"w","mutated":true}',
        "pod-security.kubernetes.io/enforce-policy": "restricted:latest",
        "pod-security.kubernetes.io/audit-violations": 'would violate PodSecurity "restricted:latest"',
      },
    },
  },
  {
    source: "Falco's plugin: exec, an upgrade with 101 (falcosecurity/plugins, k8saudit, extract_test.go)",
    user: "minikube-user",
    event: {
      ...EVENT,
      level: "Request",
      stage: "ResponseStarted",
      verb: "create",
      requestURI: "/api/v1/namespaces/shape/pods/falco/exec?command=sh&stdin=true&tty=true",
      objectRef: {
        resource: "pods",
        namespace: "shape",
        name: "falco",
        subresource: "exec",
        apiVersion: "v1",
      },
      responseStatus: { metadata: {}, code: 101 },
      user: { username: "minikube-user", groups: ["system:masters", "system:authenticated"] },
    },
  },
];
