import type { Exception } from "../core/config/exceptions-schema";
import type { AppliedException } from "../core/contract/contribution";
import { checksum } from "../kubernetes/checksum";
import type { PlannedObject } from "../kubernetes/manifest";
import { NAMESPACE } from "./istio-names";
import type { IstioConfig, MtlsMode } from "./istio-schema";

/** What pods of the mesh take from outside of it, and the exceptions that hold there. */
export interface PlannedMtls {
  objects: PlannedObject[];
  applied: AppliedException[];
}

/** Namespaces of the mesh whose pods refuse what comes in clear. */
export function strictNamespaces({ mtls, namespaces }: Pick<IstioConfig, "mtls" | "namespaces">): string[] {
  return namespaces.filter((name) => (mtls.namespaces[name] ?? mtls.mode) === "STRICT");
}

/**
 * A PeerAuthentication for the mesh, one for each namespace with a mode of its own, and one for the pods of each exception
 * where the mode is STRICT: elsewhere they take connections in clear anyway.
 */
export function plannedMtls(
  { mtls, namespaces }: Pick<IstioConfig, "mtls" | "namespaces">,
  exceptions: readonly Exception[],
): PlannedMtls {
  const strict = strictNamespaces({ mtls, namespaces });
  const holding = exceptions.filter(
    ({ port, namespace }) => port !== undefined && strict.includes(namespace ?? ""),
  );
  return {
    objects: [
      peerAuthentication("default", NAMESPACE, { mtls: { mode: mtls.mode } }),
      ...Object.entries(mtls.namespaces)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, mode]) => peerAuthentication("default", name, { mtls: { mode } })),
      ...byPods(holding).map(ofPods),
    ],
    applied: holding.map(({ index, port }) => ({
      index,
      how: `lets port ${port} take connections in clear: portLevelMtls`,
    })),
  };
}

/** Of two for the same pods Istio goes by the older one alone (istio/api, security/v1beta1/peer_authentication.proto). */
function byPods(exceptions: readonly Exception[]): Exception[][] {
  const groups = new Map<string, Exception[]>();
  for (const exception of exceptions) {
    const labels = Object.entries(exception.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([exception.namespace, labels]);
    groups.set(key, [...(groups.get(key) ?? []), exception]);
  }
  return [...groups.values()];
}

function ofPods(exceptions: readonly Exception[]): PlannedObject {
  const { namespace = "", labels } = exceptions[0]!;
  const ports = [...new Set(exceptions.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b);
  const permissive: MtlsMode = "PERMISSIVE";
  return peerAuthentication(`in-clear-${checksum([namespace, labels]).slice(0, 10)}`, namespace, {
    selector: { matchLabels: labels },
    // Without it the ports' own modes do nothing in ambient (istio/istio#53884).
    mtls: { mode: "STRICT" },
    portLevelMtls: Object.fromEntries(ports.map((port) => [String(port), { mode: permissive }])),
  });
}

export function peerAuthentication(name: string, namespace: string, spec: object): PlannedObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name, namespace },
    spec,
  };
}
