import type { ConfigIssue } from "../core/config/config-error";
import type { Eks } from "../core/config/eks-schema";
import { formatPath } from "../core/config/issues";
import type { Plan } from "../core/plan/plan";

/**
 * Folders of Bottlerocket below which something can be made; all else is of a read-only image
 * (bottlerocket-os/bottlerocket, SECURITY_FEATURES.md: immutable rootfs; /var, /opt and /mnt are of the data volume).
 */
const WRITABLE = ["/var", "/run", "/opt", "/mnt", "/local", "/tmp", "/dev"];

/** Folders that agents want made on nodes of Bottlerocket and that can't be made there. */
export function bottlerocketIssues({ nodeGroups }: Eks, { features }: Plan): ConfigIssue[] {
  const index = nodeGroups.findIndex(({ os }) => os === "bottlerocket");
  if (index < 0) return [];
  const wanted = new Map(
    features.flatMap(({ name, contribution }) =>
      contribution.manifests.flatMap((manifest) =>
        madeFolders(manifest).map((path) => [path, name] as const),
      ),
    ),
  );
  const impossible = [...wanted].filter(
    ([path]) => !WRITABLE.some((folder) => path.startsWith(`${folder}/`)),
  );
  return impossible.map(([path, feature]) => ({
    code: "CFG021",
    path: formatPath(["eks", "nodeGroups", index, "os"]),
    found: `bottlerocket, whose root is read-only, and ${feature}, which makes ${path} on every node`,
    allowed: `folders below ${WRITABLE.join(", ")}`,
    fix: `set the path in the config of ${feature} to one below /var, or take al2023`,
  }));
}

type Manifest = Plan["features"][number]["contribution"]["manifests"][number];

function madeFolders(manifest: Manifest): string[] {
  if (manifest.kind !== "DaemonSet") return [];
  const volumes = manifest.spec?.template.spec?.volumes ?? [];
  return volumes.flatMap(({ hostPath }) => (hostPath?.type === "DirectoryOrCreate" ? [hostPath.path] : []));
}
