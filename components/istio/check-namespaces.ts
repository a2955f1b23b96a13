import { ConfigError, type ConfigIssue } from "../core/config/config-error";
import { formatPath } from "../core/config/issues";
import type { PlanContext } from "../core/contract/context";
import { namespacesOfOthers } from "../core/contract/users-namespaces";
import type { IstioConfig } from "./istio-schema";

/**
 * Refuses namespaces of Kubernetes and of the stack in the mesh: what runs the cluster must not wait for it, and what watches
 * it has its own TLS.
 * @throws ConfigError with all of them
 */
export function checkNamespaces({ namespaces }: IstioConfig, context: PlanContext): void {
  const others = new Set(namespacesOfOthers(context));
  const issues = namespaces.flatMap((name, index): ConfigIssue[] =>
    others.has(name)
      ? [
          {
            code: "CFG003",
            path: formatPath([...context.configPath, "namespaces", index]),
            found: `"${name}"`,
            allowed:
              "a namespace of your workloads: those of Kubernetes and of the stack stay out of the mesh",
            fix: "leave it out; what is scraped or called from outside of the mesh is an entry of `exceptions` with a `port`",
          },
        ]
      : [],
  );
  if (issues.length > 0) throw new ConfigError(issues);
}
