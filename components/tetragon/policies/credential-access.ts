import {
  type ArgumentFilter,
  FILE_ACCESS,
  inode,
  type Kprobe,
  MAY_READ,
  type PolicyDefinition,
  type Selector,
} from "../tracing-policy";
import { HANDS_ON_PROGRAMS, SHELLS } from "./programs";

/** The path is the kernel's: /run for /var/run where that is a link, and `..<time>/token` for the token. */
export const TOKEN_FOLDERS = ["/run", "/var/run"].flatMap((run) =>
  ["kubernetes.io", "eks.amazonaws.com", "azure/tokens", "tokens"].map(
    (issuer) => `${run}/secrets/${issuer}/`,
  ),
);

const CLOUD_CREDENTIALS = [
  "/.aws/credentials",
  "/.azure/msal_token_cache.json",
  "/.azure/service_principal_entries.json",
  "/.config/gcloud/credentials.db",
  "/.config/gcloud/application_default_credentials.json",
  "/.docker/config.json",
  "/.kube/config",
];

const PRIVATE_KEYS = ["/id_rsa", "/id_dsa", "/id_ecdsa", "/id_ed25519"];

/** A node's own credentials, of use only to who has the host's files. */
const NODE_CREDENTIALS = [
  "/kubelet/pki/kubelet-client-current.pem",
  "/kubernetes/kubelet.conf",
  "/kubernetes/admin.conf",
  "/kubernetes/super-admin.conf",
  "/kubernetes/pki/ca.key",
  "/kubernetes/pki/etcd/ca.key",
  "/etc/shadow",
];

/** Files that nobody has by chance; keys may be anyone's own. */
const CREDENTIALS = [...CLOUD_CREDENTIALS, ...NODE_CREDENTIALS];

const SSH = ["/usr/bin/ssh", "/usr/bin/ssh-add", "/usr/bin/ssh-keygen", "/usr/sbin/sshd"];

// A program reads the token that it is there to use every minute: only tools and shells count, and what a shell starts.
const BY_HAND: Selector[] = [
  { matchBinaries: [{ operator: "In", values: [...HANDS_ON_PROGRAMS] }] },
  { matchParentBinaries: [{ operator: "In", values: [...SHELLS] }] },
];

/** Which files count for whom, with a condition that all share. */
function selectors(...condition: ArgumentFilter[]): Selector[] {
  const files = (values: string[]): ArgumentFilter => ({ index: 0, operator: "Postfix", values });
  const tokens: ArgumentFilter[] = [
    { index: 0, operator: "Prefix", values: TOKEN_FOLDERS },
    files(["token"]),
  ];
  return [
    ...BY_HAND.map((who) => ({ matchArgs: [...tokens, ...condition], ...who })),
    { matchArgs: [files(CREDENTIALS), ...condition] },
    {
      matchArgs: [files(PRIVATE_KEYS), ...condition],
      matchBinaries: [{ operator: "NotIn", values: SSH }],
    },
  ];
}

const TAGS = ["mitre.T1552.001", "mitre.T1528"];

/** Reads of tokens, keys and cloud credentials in containers. */
export const credentialAccess: PolicyDefinition = {
  name: "credential-access",
  scope: "pods",
  kprobes: () => [
    {
      call: "security_file_permission",
      syscall: false,
      message: "Token, key or cloud credentials read in a container",
      tags: TAGS,
      args: FILE_ACCESS,
      selectors: selectors({ index: 1, operator: "Equal", values: [MAY_READ] }),
    },
    // Read without a call to read.
    {
      call: "security_mmap_file",
      syscall: false,
      message: "Token, key or cloud credentials mapped into memory in a container",
      tags: TAGS,
      args: [{ index: 0, type: "file" }, { index: 1, type: "uint64" }, inode()],
      selectors: selectors(),
    },
    // Under another name nobody would know it.
    renamed("security_inode_rename", 1),
    renamed("security_inode_link", 0),
  ],
};

/** @param index where the function has the file that there is */
function renamed(call: string, index: number): Kprobe {
  const values = [...CREDENTIALS, ...PRIVATE_KEYS];
  return {
    call,
    syscall: false,
    message: "Key or cloud credentials moved or linked in a container",
    tags: TAGS,
    args: [{ index, type: "dentry" }],
    selectors: [{ matchArgs: [{ index, operator: "Postfix", values }] }],
    everyMatch: true,
  };
}
