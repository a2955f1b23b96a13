const FOLDERS = ["/bin", "/usr/bin", "/usr/local/bin"];

const TOOLS = [
  ...["ash", "bash", "csh", "dash", "ksh", "sh", "tcsh", "zsh"],
  ...["awk", "base64", "busybox", "cat", "cp", "cut", "dd", "egrep", "fgrep", "gawk", "grep", "head", "less"],
  ...["mawk", "more", "od", "sed", "strings", "tail", "tar", "tee", "tr", "xxd"],
  ...[
    "curl",
    "jq",
    "kubectl",
    "nc",
    "ncat",
    "netcat",
    "openssl",
    "scp",
    "sftp",
    "socat",
    "ssh",
    "telnet",
    "wget",
  ],
];

/**
 * Shells and the tools that people and scripts use, by path: those, and not what a container is there for,
 * are what reads a token or opens a connection by hand. A busybox image has one path for all of them.
 */
export const HANDS_ON_PROGRAMS: readonly string[] = FOLDERS.flatMap((folder) =>
  TOOLS.map((tool) => `${folder}/${tool}`),
);

/**
 * The container runtime while it sets up or enters a container: it is in the container's cgroup by then. runc
 * runs from a sealed copy of itself, which shows as one of the last three.
 */
export const CONTAINER_RUNTIMES: readonly string[] = [
  ...["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"].flatMap((folder) => [
    `${folder}/runc`,
    `${folder}/crun`,
  ]),
  "/runc",
  "/memfd:runc_cloned:/proc/self/exe (deleted)",
  "/proc/self/exe",
];

/** Where containers have the host's file system when they have it; the empty one is no mount at all. */
export const HOST_MOUNTS: readonly string[] = [
  "",
  "/host",
  "/hostfs",
  "/host-root",
  "/rootfs",
  "/mnt",
  "/mnt/host",
];
