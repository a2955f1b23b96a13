/** Files of the host run from here, as root alone could change. */
const SYSTEM_FOLDERS = ["/bin", "/usr/bin", "/usr/local/bin"];

const SHELL_NAMES = ["ash", "bash", "csh", "dash", "ksh", "ksh93", "mksh", "sh", "tcsh", "zsh"];

/** What writes a file to its output, whatever else it is for. */
const READERS = [
  ...[
    "awk",
    "base32",
    "base64",
    "basenc",
    "busybox",
    "cat",
    "cmp",
    "comm",
    "cp",
    "csplit",
    "cut",
    "dd",
    "diff",
  ],
  ...[
    "egrep",
    "expand",
    "fgrep",
    "fmt",
    "fold",
    "gawk",
    "grep",
    "head",
    "hexdump",
    "install",
    "join",
    "less",
  ],
  ...["mawk", "more", "nl", "od", "original-awk", "paste", "pr", "rev", "sed", "shuf", "sort", "split"],
  ...["strings", "tac", "tail", "tar", "tee", "toybox", "tr", "uniq", "xxd", "zcat"],
];

/** What opens connections; Debian's alternatives by the name of the file that is run in the end. */
const CLIENTS = [
  ...["curl", "kubectl", "nc", "nc.openbsd", "nc.traditional", "ncat", "netcat", "openssl", "scp", "sftp"],
  ...["socat", "ssh", "telnet", "telnet.netkit", "inetutils-telnet", "wget", "wget2"],
];

const inFolders = (names: readonly string[]) =>
  SYSTEM_FOLDERS.flatMap((folder) => names.map((name) => `${folder}/${name}`));

/** Shells, and busybox, which is one. */
export const SHELLS: readonly string[] = inFolders([...SHELL_NAMES, "busybox", "toybox"]);

/**
 * Shells and the tools that people and scripts use, by path: those, and not what a container is there for,
 * are what reads a token or opens a connection by hand. A busybox image has one path for all of them.
 */
export const HANDS_ON_PROGRAMS: readonly string[] = inFolders([...SHELL_NAMES, ...READERS, ...CLIENTS, "jq"]);

/** What fetches a file from elsewhere. */
export const DOWNLOADERS: readonly string[] = inFolders(["curl", "scp", "sftp", "wget", "wget2"]);

/** Ends of the paths of copies that kept their name, wherever they lie. */
export const COPIED_CLIENTS: readonly string[] = CLIENTS.map((name) => `/${name}`);

/** Beginnings of the paths of interpreters, whose names end in versions. */
export const INTERPRETERS: readonly string[] = ["/usr/bin", "/usr/local/bin"].flatMap((folder) =>
  ["lua", "node", "perl", "php", "python", "ruby"].map((name) => `${folder}/${name}`),
);

/** Folders in which anyone may put a program, as paths begin. */
export const WRITABLE_FOLDERS: readonly string[] = [
  "/tmp/",
  "/var/tmp/",
  "/dev/shm/",
  "/dev/mqueue/",
  "/run/user/",
];

/** Folders of people, where a program of an image may be too. */
export const HOME_FOLDERS: readonly string[] = ["/home/", "/root/"];

/**
 * The container runtime as it starts on a host, where it runs from a copy of itself in memory. To be left out on the
 * hosts alone: in a container anyone may have a file of such a name.
 */
export const HOST_RUNTIMES: readonly string[] = [
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
].flatMap((folder) => [`${folder}/runc`, `${folder}/crun`]);

/** Where containers have the host's file system when they have it; the empty one is no mount at all. */
export const HOST_MOUNTS: readonly string[] = [
  ...["", "/host", "/hostfs", "/host-root", "/hostroot", "/host/root", "/rootfs"],
  ...["/mnt", "/mnt/host", "/mnt/root", "/node"],
];

/**
 * Roots of file systems under which a host's own root may lie: itself, and the subvolume that installers make on btrfs.
 * A `dentry` is named from there, wherever its file system is mounted (cilium/tetragon v1.7.1, path_from_dentry).
 */
export const FILE_SYSTEM_ROOTS: readonly string[] = ["", "/@", "/@rootfs"];
