import type { RuleName } from "../../../components/kubernetes/pod-rules";

const resources = {
  requests: { cpu: "10m", memory: "16Mi" },
  limits: { cpu: "10m", memory: "16Mi" },
};
const securityContext = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
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

/** Registries of which the samples' images are, where they are let through. */
export const REGISTRIES = ["registry.example", "registry.example:5000", "mirror.example"];

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
};
