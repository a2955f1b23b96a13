import { named } from "../model/api-objects";
import { REFUSED_PREFIX } from "../model/names";
import { judgedInNamespace } from "../model/refused-request";
import { defineScenario } from "../model/scenario-schema";
import refusedHostQuery from "../queries/refused-host.k8s_audit.json";

const NAMESPACE = `${REFUSED_PREFIX}host`;

export const refusedHost = defineScenario({
  id: "refused-host",
  title: "A host that nobody listed is kept out of the mesh",
  stage: "validation",
  techniques: [],
  danger: "none",
  proves:
    "Nobody makes a host outside of the cluster known to the mesh, for all of its namespaces, that is not listed.",
  pods: [],
  ...judgedInNamespace(
    NAMESPACE,
    {
      rule: "service-entries",
      method: "POST",
      path: `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/serviceentries`,
      body: {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: named("ctem-host"),
        spec: {
          hosts: ["ctem.invalid"],
          location: "MESH_EXTERNAL",
          resolution: "DNS",
          ports: [{ number: 443, name: "tls", protocol: "TLS" }],
        },
      },
      why: "A name that no registry gives out (RFC 2606).",
    },
    refusedHostQuery,
  ),
});
