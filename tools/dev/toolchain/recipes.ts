import type { Download, GoModuleFolder, GoProgram } from "./types";

/** Of the control plane, the kubelet and kubectl. */
export const KUBERNETES = "1.35.4";

/** "linux/amd64" words, as most Go projects name their releases. */
const GO_PLATFORMS: Download["platforms"] = {
  "linux-x64": { os: "linux", arch: "amd64" },
  "linux-arm64": { os: "linux", arch: "arm64" },
};
const PULUMI_PLATFORMS: Download["platforms"] = {
  "linux-x64": { os: "linux", arch: "x64" },
  "linux-arm64": { os: "linux", arch: "arm64" },
};
export const TRIVY_PLATFORMS: Download["platforms"] = {
  "linux-x64": { os: "Linux", arch: "64bit" },
  "linux-arm64": { os: "Linux", arch: "ARM64" },
};

/** A file of a project's GitHub release, with the release's checksum file. */
export function githubRelease(
  repository: string,
  file: string,
  checksums: string,
  more: Partial<Download> = {},
): Download {
  const base = `https://github.com/${repository}/releases/download/v{version}`;
  return {
    url: `${base}/${file}`,
    checksums: `${base}/${checksums}`,
    platforms: GO_PLATFORMS,
    archive: "tar.gz",
    ...more,
  };
}

/** A program of a Kubernetes release. */
export function kubernetesRelease(name: string): Download {
  const url = `https://dl.k8s.io/v{version}/bin/{os}/{arch}/${name}`;
  return { url, checksums: `${url}.sha256`, platforms: GO_PLATFORMS, archive: "none" };
}

/** A program of Kubernetes with its version linked in: charts refuse a server that does not tell it. */
export function kubernetesProgram(name: string, version: string): GoProgram {
  const [major, minor] = version.split(".");
  const variables = [
    `gitVersion=v${version}`,
    `gitMajor=${major}`,
    `gitMinor=${minor}`,
    "gitTreeState=clean",
  ];
  return {
    kind: "go-program",
    module: "core",
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: variables.map((variable) => `-X k8s.io/component-base/version.${variable}`).join(" "),
  };
}

/** The official Pulumi archive, which holds the CLI and its Node.js language host. */
export function pulumiRelease(member: string, extras: readonly string[] = []): Download {
  return githubRelease(
    "pulumi/pulumi",
    "pulumi-v{version}-{os}-{arch}.tar.gz",
    "pulumi-{version}-checksums.txt",
    {
      platforms: PULUMI_PLATFORMS,
      member: `pulumi/${member}`,
      extras: extras.map((name) => `pulumi/${name}`),
    },
  );
}

/** The two scripts that every Pulumi archive has beside its Node.js language host. */
export const NODEJS_SCRIPTS = ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"];

/** A chart as its project keeps it in its own repository, which is also a Go module. */
export function chartOf(path: string, moduleVersion: string, folder: string, sum: string): GoModuleFolder {
  return { kind: "go-module-folder", path, moduleVersion, folder, sum };
}
