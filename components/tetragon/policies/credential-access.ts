import { MAY_READ, type PolicyDefinition, type Selector } from "../tracing-policy";
import { HANDS_ON_PROGRAMS } from "./programs";

/** The path is the kernel's: /run for /var/run where that is a link, and `..<time>/token` for the token. */
const TOKEN_FOLDERS = ["/run", "/var/run"].flatMap((run) =>
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

const readOf = (...files: NonNullable<Selector["matchArgs"]>): Selector => ({
  matchArgs: [...files, { index: 1, operator: "Equal", values: [MAY_READ] }],
});

/** Reads of tokens, keys and cloud credentials in containers. */
export const credentialAccess: PolicyDefinition = {
  name: "credential-access",
  scope: "pods",
  kprobes: () => [
    {
      call: "security_file_permission",
      syscall: false,
      message: "Token, key or cloud credentials read in a container",
      tags: ["mitre.T1552.001", "mitre.T1528"],
      args: [
        { index: 0, type: "file" },
        { index: 1, type: "int" },
      ],
      selectors: [
        // A program reads the token that it is there to use every minute: only tools and shells count.
        {
          ...readOf(
            { index: 0, operator: "Prefix", values: TOKEN_FOLDERS },
            { index: 0, operator: "Postfix", values: ["token"] },
          ),
          matchBinaries: [{ operator: "In", values: [...HANDS_ON_PROGRAMS] }],
        },
        readOf({ index: 0, operator: "Postfix", values: CLOUD_CREDENTIALS }),
        {
          ...readOf({ index: 0, operator: "Postfix", values: PRIVATE_KEYS }),
          matchBinaries: [
            {
              operator: "NotIn",
              values: ["/usr/bin/ssh", "/usr/bin/ssh-add", "/usr/bin/ssh-keygen", "/usr/sbin/sshd"],
            },
          ],
        },
        readOf({ index: 0, operator: "Postfix", values: NODE_CREDENTIALS }),
      ],
    },
  ],
};
