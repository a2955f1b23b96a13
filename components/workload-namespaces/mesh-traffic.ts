import type { Mesh } from "../core/contract/contribution";
import type { Manifest } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp } from "../kubernetes/network-policies";
import type { WorkloadNamespace } from "./namespace-schema";

/** Whether the mesh takes in all pods of the namespace. */
export function inMesh(name: string, mesh: Mesh | undefined): mesh is Mesh {
  return mesh?.namespaces.includes(name) ?? false;
}

/**
 * What the default deny would keep from pods of a mesh: probes, which come from another address there, and the way to the
 * proxy outward. What flows between namespaces is let through at every port, that of the mesh too.
 */
export function meshPolicies({ name }: WorkloadNamespace, mesh: Mesh | undefined): Manifest[] {
  if (!inMesh(name, mesh)) return [];
  const metadata = { name: "security-stack-mesh", namespace: name };
  const egress = mesh.egress ? [{ to: [namespaceOf(mesh.egress)], ports: [tcp(mesh.port)] }] : [];
  return [networkPolicy(metadata, {}, { ingress: [{ from: [{ ipBlock: { cidr: mesh.probes } }] }], egress })];
}

/** Ways out of the cluster that go round the mesh's. */
export function roundMesh({ name, egress }: WorkloadNamespace, mesh: Mesh | undefined): string[] {
  if (!inMesh(name, mesh) || egress.length === 0) return [];
  return [
    `${name}: its \`egress\` to ${egress.map(({ to }) => to).join(", ")} is by address and not through the mesh's proxy, which asks who it is and which host is meant.`,
  ];
}
