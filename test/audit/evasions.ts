import { HttpClient } from "../../components/node-program/http-client";
import { EVADING_CLUSTER, TRACING_POLICIES } from "./evading-cluster";
import { binding, EVADING_RIGHTS } from "./evading-rights";
import { EVADING_WORKLOADS } from "./evading-workloads";
import {
  APPS,
  CORE,
  deployment,
  type Evasion,
  FIRST,
  NAMESPACE,
  patchedDeployment,
  RBAC,
  type Send,
} from "./evasion";
import type { AuditWorld } from "./world";

export const EVASIONS: readonly Evasion[] = [
  ...EVADING_WORKLOADS,
  ...EVADING_RIGHTS,
  ...EVADING_CLUSTER,
  {
    what: "the definition of a kind",
    rule: "definition-deleted",
    name: TRACING_POLICIES.metadata.name,
    run: () => Promise.resolve(),
  },
];

/** What a person changes in a harmless way: names of objects of which no rule of severity 3 or more may say anything. */
export const HARMLESS: readonly Evasion[] = [
  patchedDeployment("an image by a JSON patch, and no privileges", "", "patched-harmlessly", [
    { op: "replace", path: `${FIRST}/image`, value: "registry.invalid/c:2" },
    { op: "add", path: `${FIRST}/securityContext/privileged`, value: false },
    { op: "test", path: `${FIRST}/securityContext/privileged`, value: false },
  ]),
  {
    what: "a capability less, a Service, a stricter namespace",
    rule: "",
    name: "harmless",
    async run(send) {
      const capabilities = { drop: ["ALL"], add: ["NET_BIND_SERVICE"] };
      await send(
        "POST",
        `${APPS}/deployments`,
        deployment("harmless", { securityContext: { capabilities } }),
      );
      await send("POST", `${CORE}/services`, {
        metadata: { name: "harmless" },
        spec: { ports: [{ port: 80 }] },
      });
      await send("POST", "/api/v1/namespaces", { metadata: { name: "harmless" } });
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      await send("PATCH", "/api/v1/namespaces/harmless", { metadata: { labels } });
      await send("POST", `${RBAC}/clusterrolebindings`, binding("harmless", "view", ["alice"]));
      // As Helm and Pulumi write a binding again: all of it.
      await send(
        "PATCH",
        `${RBAC}/clusterrolebindings/harmless`,
        binding("harmless", "view", ["alice", "bob"]),
      );
    },
  },
];

/** Each after the other, all against the API server; one that it refuses fails here. */
export async function evade({ target }: AuditWorld): Promise<void> {
  const client = new HttpClient(target, { timeoutMs: 10_000 });
  const send: Send = async (method, path, body, type = "application/json") => {
    const contentType =
      method === "PATCH" && type === "application/json" ? "application/merge-patch+json" : type;
    const answer = await client.request({
      ...{ method, path, headers: { "content-type": contentType } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  };
  await send("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  for (const { run } of [...EVASIONS, ...HARMLESS]) await run(send);
  await client.close();
}
