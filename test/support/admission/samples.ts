import type { RuleName } from "../../../components/kubernetes/admission-rules";

const resources = {
  requests: { cpu: "10m", memory: "16Mi" },
  limits: { cpu: "10m", memory: "16Mi" },
};
const securityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const container = { name: "main", image: "registry.example/app:1.0", resources, securityContext };
/** By the API server's own check a privileged container escalates too. */
export const PRIVILEGED = { privileged: true, allowPrivilegeEscalation: true };

export type Fields = Record<string, unknown>;
export const pod = (main: Fields = {}, spec: Fields = {}, metadata: Fields = {}) => ({
  metadata: { name: "sample", ...metadata },
  spec: { automountServiceAccountToken: false, containers: [{ ...container, ...main }], ...spec },
});
export const secure = (more: Fields) => ({ securityContext: { ...securityContext, ...more } });
const init = (more: Fields) => pod({}, { initContainers: [{ ...container, name: "first", ...more }] });
const second = (more: Fields) =>
  pod({}, { containers: [container, { ...container, name: "second", ...more }] });
const volume = (volumes: Fields[]) => pod({}, { volumes });
const digest = `@sha256:${"a".repeat(64)}`;

/** What the rules' settings allow, for the samples that are let through. */
export const ALLOWED = {
  registries: ["registry.example", "registry.example:5000", "mirror.example"],
  egressHosts: ["api.example.com", "*.example.org"],
};

const entry = (spec: Fields) => ({
  apiVersion: "networking.istio.io/v1" as const,
  kind: "ServiceEntry",
  metadata: { name: "sample" },
  spec: {
    hosts: ["api.example.com"],
    ports: [{ number: 443, name: "tls", protocol: "TLS" }],
    resolution: "DNS",
    ...spec,
  },
});
const labelled = (labels: Record<string, string>) => pod({}, {}, { labels });

/** Of each rule: what it lets through and what it refuses. */
export const SAMPLES: Record<RuleName, { allowed: object[]; denied: object[] }> = {
  resources: {
    allowed: [pod(), init({}), second({})],
    denied: [
      pod({ resources: {} }),
      init({ resources: { limits: { cpu: "1" } } }),
      second({ resources: { limits: { memory: "1Gi" } } }),
    ],
  },
  privileged: {
    allowed: [pod(), pod(secure({ privileged: false })), init({})],
    denied: [pod(secure(PRIVILEGED)), init(secure(PRIVILEGED)), second(secure(PRIVILEGED))],
  },
  "privilege-escalation": {
    allowed: [pod(), init({}), second({})],
    denied: [
      pod({ securityContext: { readOnlyRootFilesystem: true } }),
      init(secure({ allowPrivilegeEscalation: true })),
      second({ securityContext: null }),
    ],
  },
  "read-only-root": {
    allowed: [pod(), init({}), second({})],
    denied: [
      pod(secure({ readOnlyRootFilesystem: false })),
      init({ securityContext: { allowPrivilegeEscalation: false } }),
      second({ securityContext: null }),
    ],
  },
  "run-as-non-root": {
    allowed: [
      pod(),
      init({}),
      pod(secure({ runAsUser: 1000 })),
      pod(secure({ runAsNonRoot: undefined }), { securityContext: { runAsNonRoot: true } }),
    ],
    denied: [
      pod(secure({ runAsNonRoot: false })),
      init(secure({ runAsNonRoot: undefined })),
      second(secure({ runAsUser: 0 })),
      pod({}, { securityContext: { runAsUser: 0 } }),
      pod(secure({ runAsNonRoot: false }), { securityContext: { runAsNonRoot: true } }),
    ],
  },
  capabilities: {
    allowed: [pod(), init({}), pod(secure({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }))],
    denied: [
      pod(secure({ capabilities: undefined })),
      init(secure({ capabilities: { drop: ["NET_RAW"] } })),
      second(secure({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } })),
      pod(secure({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "NET_RAW"] } })),
    ],
  },
  "seccomp-profile": {
    allowed: [
      pod(),
      init(secure({ seccompProfile: { type: "Localhost", localhostProfile: "profiles/app.json" } })),
      pod(secure({ seccompProfile: undefined }), {
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      }),
    ],
    denied: [
      pod(secure({ seccompProfile: undefined })),
      init(secure({ seccompProfile: { type: "Unconfined" } })),
      second(secure({ seccompProfile: { type: "Unconfined" } })),
    ],
  },
  "temporary-volumes": {
    allowed: [
      pod(),
      volume([{ name: "a", emptyDir: { sizeLimit: "100Mi" } }]),
      volume([
        { name: "a", configMap: { name: "a" } },
        { name: "b", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      ]),
    ],
    denied: [
      volume([{ name: "a", emptyDir: {} }]),
      volume([{ name: "a", emptyDir: { medium: "Memory" } }]),
      volume([
        { name: "a", emptyDir: { sizeLimit: "100Mi" } },
        { name: "b", emptyDir: {} },
      ]),
    ],
  },
  "host-namespaces": {
    allowed: [pod(), pod({}, { hostPID: false }), pod({}, { hostNetwork: false })],
    denied: ["hostNetwork", "hostPID", "hostIPC"].map((field) => pod({}, { [field]: true })),
  },
  "host-paths": {
    allowed: [
      pod(),
      volume([{ name: "a", emptyDir: {} }]),
      volume([{ name: "a", configMap: { name: "a" } }]),
    ],
    denied: [
      volume([{ name: "a", hostPath: { path: "/" } }]),
      volume([
        { name: "a", emptyDir: {} },
        { name: "b", hostPath: { path: "/etc" } },
      ]),
      volume([{ name: "a", hostPath: { path: "/run/x.sock", type: "Socket" } }]),
    ],
  },
  "pinned-images": {
    allowed: [
      pod(),
      pod({ image: `registry.example/app${digest}` }),
      init({ image: "registry.example/a:v2" }),
    ],
    denied: [
      pod({ image: "registry.example/app" }),
      init({ image: "registry.example:5000/app" }),
      second({ image: "registry.example/app:latest" }),
    ],
  },
  registries: {
    allowed: [pod(), init({}), pod({ image: "mirror.example/team/app:1.0" })],
    denied: [
      pod({ image: "docker.io/library/nginx:1.27" }),
      init({ image: "nginx:1.27" }),
      pod({ image: "registry.example.evil.example/app:1.0" }),
    ],
  },
  "mesh-bypass": {
    allowed: [
      pod(),
      pod({}, {}, { labels: { "istio.io/dataplane-mode": "ambient" } }),
      pod({}, {}, { annotations: { "ambient.istio.io/bypass-inbound-capture": "false" } }),
    ],
    denied: [
      pod({}, {}, { labels: { "istio.io/dataplane-mode": "none" } }),
      pod({}, {}, { annotations: { "ambient.istio.io/bypass-inbound-capture": "true" } }),
      pod({}, {}, { labels: { app: "x", "istio.io/dataplane-mode": "none" } }),
    ],
  },
  "mesh-system": {
    allowed: [pod(), labelled({ "istio.io/dataplane-mode": "none" }), labelled({ app: "ambient" })],
    denied: [
      labelled({ "istio.io/dataplane-mode": "ambient" }),
      labelled({ app: "dns", "istio.io/dataplane-mode": "ambient" }),
      pod({}, { hostNetwork: true }, { labels: { "istio.io/dataplane-mode": "ambient" } }),
    ],
  },
  "service-entries": {
    allowed: [
      entry({}),
      entry({ hosts: ["a.example.org", "b.a.example.org"] }),
      entry({ resolution: "DNS_ROUND_ROBIN", location: "MESH_EXTERNAL" }),
    ],
    denied: [
      entry({ hosts: ["api.example.com", "evil.example"] }),
      entry({ hosts: ["*.example.org"] }),
      entry({ hosts: ["notexample.org"] }),
      entry({ resolution: "NONE" }),
      entry({ resolution: undefined }),
      entry({ addresses: ["203.0.113.7"] }),
      entry({ endpoints: [{ address: "evil.example" }] }),
      entry({ resolution: "STATIC", workloadSelector: { labels: { app: "a" } } }),
    ],
  },
};

/** The sample as a whole object, a Pod where it does not say what it is. */
export function asObject(sample: object, name: string, namespace: string) {
  const { metadata } = sample as { metadata: Fields };
  return { apiVersion: "v1", kind: "Pod", ...sample, metadata: { ...metadata, name, namespace } };
}
