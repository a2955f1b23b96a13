/** What the catalog can say about a tool. Plain data: the code that reads it is in resolve.ts. */

export type ToolName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "kubelet"
  | "kube-proxy"
  | "kube-router"
  | "coredns"
  | "pause"
  | "eck-operator"
  | "eck-operator-before"
  | "trivy-operator"
  | "image-registry"
  | "alertmanager"
  | "amtool"
  | "oscal-schemas"
  | "compliance-trestle"
  | "kwok"
  | "pulumi"
  | "pulumi-language-nodejs"
  | "pulumi-resource-kubernetes"
  | "otelcol-contrib"
  | "kube-score"
  | "trivy"
  | "chart-tetragon"
  | "chart-trivy-operator"
  | "chart-eck-operator"
  | "chart-gatekeeper"
  | "chart-cilium"
  | "manifests-cilium"
  | "chart-base"
  | "chart-istiod"
  | "chart-cni"
  | "chart-ztunnel"
  | "manifests-gateway-api"
  | "istiod"
  | "gatekeeper"
  | "gator"
  | "manifests-istio"
  | "manifests-kyverno"
  | "manifests-policy-controller"
  | "manifests-argo-cd"
  | "manifests-argo-rollouts"
  | "manifests-prometheus-operator"
  | "elasticsearch"
  | "elasticsearch-before"
  | "ocsf-schema"
  | "pyarrow"
  | "kafka"
  | "terraform-provider-elasticstack"
  | "pulumi-resource-terraform-provider"
  | "pulumi-gen-nodejs"
  | "pulumi-stack-file"
  | "moto"
  | "aws-cli"
  | "pulumi-resource-aws"
  | "chromium";

/** How a copy on PATH is judged. */
export interface Probe {
  /** Arguments that make the program print its version. */
  args: readonly string[];
  /** How much of the version must agree: "minor" accepts another patch release, "any" every version. */
  match: "patch" | "minor" | "any";
  /** Other names that it goes by. */
  names?: readonly string[];
}

/** An official release file. `{version}`, `{os}` and `{arch}` are filled in; a platform not named has no release. */
export interface Download {
  url: string;
  /** The vendor's checksum file: either lines of "<hex>  <file name>", or one hash alone. */
  checksums: string;
  /** Node's "<platform>-<arch>" to the release's own words for both. */
  platforms: Readonly<Record<string, { os: string; arch: string }>>;
  archive: "tar.gz" | "zip" | "none";
  /** Path of the program inside the archive; files in `extras` come along. */
  member?: string;
  extras?: readonly string[];
}

/** A file taken out of a module of the build's go.mod, since the program embeds it or needs it beside itself. */
export interface ModuleFile {
  module: string;
  from: string;
  to: string;
  /** For a JSON file: set its "version" field, as the vendor's release job does. */
  setVersion?: string;
  /** Texts that are replaced in it: imports of a package that the committed module stands in for. */
  replace?: Readonly<Record<string, string>>;
}

/** A Go program, built in a committed module whose go.sum is the checksum of everything that is compiled. */
export interface GoProgram {
  kind: "go-program";
  /** Folder below tools/dev/toolchain/go (or an absolute path, in tests). */
  module: string;
  package: string;
  ldflags?: string;
  goExperiment?: string;
  embed?: readonly ModuleFile[];
  /** A part of a module that is too large to be compiled as a whole. */
  cut?: ModuleCut;
  /** Installed beside the program, executable. */
  scripts?: readonly ModuleFile[];
}

/** The packages of a module that one of them imports, with files of ours in place of what names all the others. */
export interface ModuleCut {
  /** Its import path, which the committed module replaces by `folder`. */
  path: string;
  /** Where it is fetched from, which may be a copy under another path. */
  from: string;
  fromVersion: string;
  /** h1 hash of that. */
  sum: string;
  /** Folder of the committed module with the go.mod of the part, and our files. */
  folder: string;
  /** The package whose imports are followed. */
  entry: string;
}

/** A folder inside a Go module's zip; `sum` is the module's h1 hash. */
export interface GoModuleFolder {
  kind: "go-module-folder";
  path: string;
  moduleVersion: string;
  folder: string;
  sum: string;
}

/** A zip in a Maven repository; its single top folder becomes the tool's folder. */
export interface MavenZip {
  kind: "maven-zip";
  artifact: string;
  sha256: string;
}

/** Java programs with all that they need at run time, as a folder of jars. */
export interface MavenJars {
  kind: "maven-jars";
  /** `group:artifact:version` each. */
  artifacts: readonly string[];
  /** Over the names and hashes of all jars. */
  sha256: string;
}

/** A wheel of the Python package index, unpacked; programs of it are run with Python. */
export interface PythonWheel {
  kind: "python-wheel";
  /** Name and version, as pip takes them. */
  requirement: string;
  sha256: string;
}

/** Packages of the Python package index in one folder, for PYTHONPATH: each pinned by version and hash. */
export interface PythonPackages {
  kind: "python-packages";
  /** A requirements file below tools/dev/toolchain/python. */
  requirements: string;
}

/** A browser, from playwright's server or as a package of the system. */
export interface Browser {
  kind: "browser";
  /** What playwright-core calls it. */
  playwright: string;
  /** Also the name of its program. */
  debianPackage: string;
}

export interface Tool {
  name: string;
  version: string;
  /** Another version that the source gives when the pinned one is not to be had as source. */
  builtVersion?: string;
  /** The day on which version and recipe were last chosen. */
  pinned: string;
  why: string;
  /** Expected minutes of a cold build or fetch on two idle cores, in the catalog's order. */
  minutes: number;
  path?: Probe;
  /** On PATH only together with this other tool, in the same folder, because it can't tell its own version. */
  beside?: ToolName;
  download?: Download;
  source: GoProgram | GoModuleFolder | MavenZip | MavenJars | PythonWheel | PythonPackages | Browser;
}

/** Folders are returned for these kinds of source, a program's path for the others. */
export function isFolder(tool: Tool): boolean {
  return ["go-module-folder", "maven-zip", "maven-jars", "python-wheel", "python-packages"].includes(
    tool.source.kind,
  );
}
