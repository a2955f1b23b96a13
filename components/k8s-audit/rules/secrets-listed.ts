import type { AuditRule } from "../audit-rule";

/** All secrets of a namespace or of the cluster at once. Helm's own list of its releases is left out, which has no content of others. */
export const secretsListed: AuditRule = {
  name: "secrets-listed",
  severity: 3,
  techniques: ["T1552.007"],
  when: {
    verbs: ["list", "watch"],
    resources: ["secrets"],
    fromPod: false,
    except: {
      controllers: [
        ...([
          "bootstrap-signer",
          "generic-garbage-collector",
          "legacy-service-account-token-cleaner",
        ] as const),
        ...(["namespace-controller", "resourcequota-controller", "token-cleaner"] as const),
      ],
      users: ["system:apiserver", "system:kube-controller-manager"],
      // Of one name at a time, by their authorizer.
      kubelets: true,
    },
    notUri: "labelSelector=(name%3D[^&]*%2C)?owner%3Dhelm",
  },
};
