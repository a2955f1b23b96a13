import type { Exception } from "../core/config/exceptions-schema";
import { formatPath } from "../core/config/issues";
import type { PlanContext } from "../core/contract/context";
import type { StoreLook } from "../core/contract/store-look";
import type { IstioConfig } from "./istio-schema";
import { strictNamespaces } from "./mtls";

/**
 * What came in clear to namespaces that are to refuse it, but for ports that exceptions keep open. None where nothing is
 * STRICT. Once it is, nothing comes in clear any more and is let through, so that what is said stays the same.
 */
export function plaintextLooks(
  config: IstioConfig,
  { store, exceptions, configPath }: Pick<PlanContext, "store" | "exceptions" | "configPath">,
): StoreLook[] {
  const namespaces = strictNamespaces(config);
  const hours = config.mtls.strictAfterHours;
  if (namespaces.length === 0 || hours === 0) return [];
  const path = formatPath([...configPath, "mtls"]);
  return [
    {
      index: store.indices.mesh,
      filter: [
        { field: "event.action", is: "plaintext-seen" },
        { field: "kubernetes.namespace", is: namespaces },
        ...openPorts(namespaces, exceptions).map(({ namespace, port }) => ({
          not: {
            all: [
              { field: "kubernetes.namespace", is: namespace },
              { field: "destination.port", is: port },
            ],
          },
        })),
      ],
      hours,
      groupBy: [
        { field: "kubernetes.namespace", label: "to" },
        { field: "destination.port", label: "port" },
        { field: "istio.source.namespace", label: "from" },
        { field: "istio.source.workload", label: "pod" },
        { field: "source.ip", label: "address" },
      ],
      path,
      found: `within ${hours} hours these took connections in clear, which STRICT refuses`,
      allowed: "PERMISSIVE for a namespace that is still called in clear",
      fix: `bring the callers into the mesh, or keep their port open by an entry of \`exceptions\` with namespace, labels and port; then wait ${hours} hours, or set mtls.strictAfterHours to what you have waited since`,
      unasked: `whether anything came in clear to ${namespaces.join(", ")} within ${hours} hours is not known, and STRICT refuses it`,
    },
  ];
}

function openPorts(namespaces: readonly string[], exceptions: readonly Exception[]) {
  return exceptions.flatMap(({ namespace, port }) =>
    namespace !== undefined && port !== undefined && namespaces.includes(namespace)
      ? [{ namespace, port }]
      : [],
  );
}
