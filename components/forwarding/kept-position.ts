import type { Manifest } from "../kubernetes/manifest";

/** What is kept for one program, whose name its ServiceAccount has. */
export interface KeptFor {
  name: string;
  namespace: string;
}

/** ConfigMap in which a program keeps its position. */
export function positionConfigMap(name: string): string {
  return `${name}-position`;
}

/**
 * The ConfigMap with the position, and the right to change it and no other object. The program writes its data, of which the
 * plan has none: an update leaves it.
 */
export function keptPosition({ name, namespace }: KeptFor): Manifest[] {
  const configMap = positionConfigMap(name);
  const metadata = { name: configMap, namespace };
  const group = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata },
    {
      apiVersion: `${group}/v1`,
      kind: "Role",
      metadata,
      rules: [
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [configMap], verbs: ["get", "patch"] },
      ],
    },
    {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name: configMap },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}
