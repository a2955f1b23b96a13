/**
 * Programs that the rules name, by name and by path. A name says little: `comm` is the name under which a program was
 * started, so a symbolic link gives it any other. `proc.exepath` is the file that the kernel runs, with links resolved;
 * what is copied, renamed or hard-linked in a container is in its upper layer and told by that.
 */

/** Shells, as the stable list `shell_binaries` has them. */
const SHELLS = ["ash", "bash", "csh", "dash", "ksh", "mksh", "sh", "tcsh", "zsh"];

/** Programs by which a file is read, changed or sent by hand; the name is the one the kernel keeps, 15 characters. */
export const HANDS_ON_TOOLS: readonly string[] = [
  // Multi-call programs: each of their applets is one of the tools below.
  ...["busybox", "coreutils", "toybox"],
  // Readers, filters, editors.
  ...[
    "awk",
    "gawk",
    "mawk",
    "original-awk",
    "base32",
    "base64",
    "basenc",
    "cat",
    "cmp",
    "column",
    "comm",
    "csplit",
    "cut",
  ],
  ...[
    "diff",
    "diff3",
    "ed",
    "egrep",
    "expand",
    "fgrep",
    "fmt",
    "fold",
    "grep",
    "head",
    "hexdump",
    "hd",
    "join",
    "jq",
  ],
  ...[
    "less",
    "look",
    "more",
    "nano",
    "nl",
    "od",
    "paste",
    "pr",
    "ptx",
    "rev",
    "rg",
    "sdiff",
    "sed",
    "shuf",
    "sort",
  ],
  ...[
    "split",
    "strings",
    "sum",
    "tac",
    "tail",
    "tee",
    "tr",
    "tsort",
    "ul",
    "uniq",
    "unexpand",
    "vi",
    "vim",
    "vim.basic",
  ],
  ...["vim.tiny", "wc", "xxd", "yq", "b2sum", "cksum", "md5sum", "sha1sum", "sha256sum", "sha512sum"],
  // Copies and archives.
  ...[
    "ar",
    "bzip2",
    "cp",
    "cpio",
    "dd",
    "gzip",
    "install",
    "ln",
    "mv",
    "rsync",
    "tar",
    "xz",
    "zip",
    "zstd",
    "find",
    "xargs",
  ],
  // Network.
  ...[
    "curl",
    "dig",
    "drill",
    "ftp",
    "tnftp",
    "host",
    "nslookup",
    "nc",
    "nc.openbsd",
    "nc.traditional",
    "ncat",
    "netcat",
  ],
  ...[
    "nmap",
    "openssl",
    "scp",
    "sftp",
    "socat",
    "ssh",
    "telnet",
    "telnet.netkit",
    "inetutils-telnet",
    "wget",
    "wget2",
  ],
  // Clients of an API that tokens are for.
  ...["aws", "az", "gcloud", "helm", "kubectl"],
];

const PROGRAM_FOLDERS = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/** Where these programs lie in an image. */
export const HANDS_ON_PATHS: readonly string[] = pathsOf(HANDS_ON_TOOLS);
export const SHELL_PATHS: readonly string[] = pathsOf(SHELLS);

function pathsOf(names: readonly string[]): string[] {
  return names.flatMap((name) => PROGRAM_FOLDERS.map((folder) => `${folder}/${name}`));
}

/**
 * Expressions in POSIX egrep syntax, which is what Falco's `regex` has (falcosecurity/libs, sinsp_filtercheck.cpp:
 * RE2::POSIX, anchored at both ends). Folders: Debian, RHEL, containerd's and Docker's archives, CRI-O, k3s and RKE2,
 * k0s, snaps.
 */
const RUNTIME_FOLDERS = [
  "(/usr|/usr/local|/opt|/opt/containerd|/opt/cri-o)?/s?bin",
  "/usr/(local/)?libexec/crio",
  "/usr/lib/cri-o-runc/sbin",
  "/var/lib/rancher/[a-z0-9]+/data/[^/]+/bin",
  "/var/lib/k0s/bin",
  "/snap/[a-z0-9-]+/[0-9]+/bin",
].join("|");

/** Programs that make a container's namespaces and mounts. */
export function ociRuntimePattern(further: readonly string[]): string {
  return oneOf([`(${RUNTIME_FOLDERS})/(runc|crun|youki)`, ...further.map(escapePattern)]);
}

/** The processes that stay with a container. */
export const SHIM_PATTERN = `(${RUNTIME_FOLDERS})/(containerd-shim[a-z0-9-]*|conmon|conmonrs)`;

/** Programs that unpack images on the node, cron files among what they write. */
export const IMAGE_UNPACKER_PATTERN = `(${RUNTIME_FOLDERS})/(containerd|dockerd|crio|podman|buildah|buildkitd|k3s|rke2|k0s)`;

function oneOf(patterns: readonly string[]): string {
  return patterns.map((pattern) => `(${pattern})`).join("|");
}

function escapePattern(text: string): string {
  return text.replace(/[.+]/g, "[$&]");
}
