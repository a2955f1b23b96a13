import { IMAGES } from "../../../components/core/tables/pins";
import { dependencies } from "../../../package.json";
import { admissionTools } from "./admission-tools";
import { content, PINNED } from "./content";
import { eksTools } from "./eks-tools";
import { meshTools } from "./mesh-tools";
import { nodeTools } from "./node-tools";
import { notificationTools } from "./notification-tools";
import {
  githubRelease,
  KUBERNETES,
  kubernetesProgram,
  kubernetesRelease,
  NODEJS_SCRIPTS,
  pulumiRelease,
  TRIVY_PLATFORMS,
} from "./recipes";
import type { Tool, ToolName } from "./types";

const PULUMI = "3.220.0";
// The provider has to be of the version of its SDK.
const KUBERNETES_PROVIDER = dependencies["@pulumi/kubernetes"];

/**
 * Every tool, in the order in which missing ones are got: what a cluster needs first, the slowest last.
 * `minutes` are for this order, two idle cores and empty Go caches; alone, a tool of the "core" module takes longer.
 */
export const catalog: readonly Tool[] = [
  {
    name: "etcd",
    version: "3.6.8",
    pinned: PINNED,
    why: "store of the embedded control plane",
    minutes: 1.5,
    path: { args: ["--version"], match: "minor" },
    download: githubRelease("etcd-io/etcd", "etcd-v{version}-{os}-{arch}.tar.gz", "SHA256SUMS", {
      member: "etcd-v{version}-{os}-{arch}/etcd",
    }),
    source: { kind: "go-program", module: "core", package: "go.etcd.io/etcd/server/v3" },
  },
  {
    name: "kube-apiserver",
    version: KUBERNETES,
    pinned: PINNED,
    why: "the Kubernetes API that everything is deployed to",
    minutes: 3.5,
    path: { args: ["--version"], match: "minor" },
    download: kubernetesRelease("kube-apiserver"),
    source: kubernetesProgram("kube-apiserver", KUBERNETES),
  },
  {
    name: "kube-controller-manager",
    version: KUBERNETES,
    pinned: PINNED,
    why: "makes pods and reports what is ready",
    minutes: 1.2,
    path: { args: ["--version"], match: "minor" },
    download: kubernetesRelease("kube-controller-manager"),
    source: kubernetesProgram("kube-controller-manager", KUBERNETES),
  },
  {
    name: "kube-scheduler",
    version: KUBERNETES,
    pinned: PINNED,
    why: "places pods on the simulated nodes",
    minutes: 0.1,
    path: { args: ["--version"], match: "minor" },
    download: kubernetesRelease("kube-scheduler"),
    source: kubernetesProgram("kube-scheduler", KUBERNETES),
  },
  {
    name: "kubectl",
    version: KUBERNETES,
    pinned: PINNED,
    why: "looks at the embedded cluster",
    minutes: 0.5,
    path: { args: ["version", "--client"], match: "minor" },
    download: kubernetesRelease("kubectl"),
    source: kubernetesProgram("kubectl", KUBERNETES),
  },
  {
    // Its releases carry no checksum file, so it is always built.
    name: "kwok",
    version: "0.8.0",
    pinned: PINNED,
    why: "simulates the nodes and lets their pods run",
    minutes: 1.5,
    path: { args: ["--version"], match: "patch" },
    source: { kind: "go-program", module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" },
  },
  {
    // The newest CLI that still starts a policy pack without RunPlugin, which the language host below lacks.
    name: "pulumi",
    version: PULUMI,
    pinned: PINNED,
    why: "the engine: preview, up, destroy",
    minutes: 1.5,
    path: { args: ["version"], match: "patch" },
    download: pulumiRelease("pulumi"),
    source: {
      kind: "go-program",
      module: "core",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI}`,
    },
  },
  {
    name: "pulumi-language-nodejs",
    version: PULUMI,
    // The last release whose language host is part of the SDK's Go module; it runs programs under newer CLIs too.
    builtVersion: "3.68.0",
    pinned: PINNED,
    why: "runs the TypeScript program, policy packs and dynamic providers for the engine",
    minutes: 0.6,
    beside: "pulumi",
    download: pulumiRelease("pulumi-language-nodejs", NODEJS_SCRIPTS),
    source: {
      kind: "go-program",
      module: "pulumi-language-nodejs",
      package: "./host",
      ldflags: "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.68.0",
      embed: ["main.go", "proxy.go", "proxy_unix.go"].map((name) => ({
        module: "github.com/pulumi/pulumi/sdk/v3",
        from: `nodejs/cmd/pulumi-language-nodejs/${name}`,
        to: `host/${name}`,
      })),
      scripts: NODEJS_SCRIPTS.map((name) => ({
        module: "github.com/pulumi/pulumi/sdk/v3",
        from: `nodejs/dist/${name}`,
        to: name,
      })),
    },
  },
  {
    name: "pulumi-resource-kubernetes",
    version: KUBERNETES_PROVIDER,
    pinned: PINNED,
    why: "the Kubernetes provider, of the version of @pulumi/kubernetes in package.json",
    minutes: 4,
    download: githubRelease(
      "pulumi/pulumi-kubernetes",
      "pulumi-resource-kubernetes-v{version}-{os}-{arch}.tar.gz",
      "pulumi-kubernetes_{version}_checksums.txt",
    ),
    source: {
      kind: "go-program",
      module: "core",
      package: "./pulumi-resource-kubernetes",
      ldflags: `-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=${KUBERNETES_PROVIDER}`,
      embed: [
        {
          module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
          from: "cmd/pulumi-resource-kubernetes/schema.json",
          to: "pulumi-resource-kubernetes/schema.json",
          setVersion: KUBERNETES_PROVIDER,
        },
        {
          module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
          from: "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
          to: "pulumi-resource-kubernetes/terraform-mapping.json",
        },
      ],
    },
  },
  {
    // Built with only the components that the stack's pipelines use: see go/otelcol-contrib/builder.yaml.
    name: "otelcol-contrib",
    version: IMAGES.otelCollector.tag,
    pinned: PINNED,
    why: "the collector, of the version that is deployed",
    minutes: 1,
    path: { args: ["--version"], match: "patch" },
    download: githubRelease(
      "open-telemetry/opentelemetry-collector-releases",
      "otelcol-contrib_{version}_{os}_{arch}.tar.gz",
      "opentelemetry-collector-releases_otelcol-contrib_checksums.txt",
    ),
    source: { kind: "go-program", module: "otelcol-contrib", package: "." },
  },
  {
    name: "kube-score",
    version: "1.20.0",
    pinned: PINNED,
    why: "scans the rendered manifests",
    minutes: 0.5,
    path: { args: ["version"], match: "patch" },
    download: githubRelease("zegl/kube-score", "kube-score_{version}_{os}_{arch}.tar.gz", "checksums.txt"),
    source: {
      kind: "go-program",
      module: "kube-score",
      package: "github.com/zegl/kube-score/cmd/kube-score",
      ldflags: "-X main.version=1.20.0",
    },
  },
  {
    name: "trivy",
    version: IMAGES.trivy.tag,
    pinned: PINNED,
    why: "scans the rendered manifests (trivy config)",
    minutes: 6,
    path: { args: ["--version"], match: "minor" },
    download: githubRelease(
      "aquasecurity/trivy",
      "trivy_{version}_{os}-{arch}.tar.gz",
      "trivy_{version}_checksums.txt",
      { platforms: TRIVY_PLATFORMS },
    ),
    source: {
      kind: "go-program",
      module: "trivy",
      package: "github.com/aquasecurity/trivy/cmd/trivy",
      ldflags: `-X github.com/aquasecurity/trivy/pkg/version/app.ver=${IMAGES.trivy.tag}`,
      goExperiment: "jsonv2",
    },
  },
  ...content,
  ...nodeTools,
  ...notificationTools,
  ...admissionTools,
  ...meshTools,
  ...eksTools,
];

/** The catalog's entry of that name. */
export function toolNamed(name: ToolName): Tool {
  const tool = catalog.find((entry) => entry.name === name);
  if (!tool) throw new Error(`tools/dev/toolchain/all-tools.ts has no ${name}`);
  return tool;
}
