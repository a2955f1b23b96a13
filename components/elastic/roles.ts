import type { Indices } from "../store";

/** The user that the program itself comes as: it may make our objects, and reads and writes our indices. */
export const PROVISIONER = "security-stack-provisioner";

/** For people: reads all of ours, and Kibana. */
export const READER_ROLE = "security-stack-reader";

/** As Elasticsearch's roles.yml and its "create role" have it. */
export interface Role {
  cluster: string[];
  indices: { names: string[]; privileges: string[] }[];
  applications?: { application: string; privileges: string[]; resources: string[] }[];
}

// What Kibana calls its privileges in Elasticsearch (Elastic docs, "Kibana privileges").
const KIBANA = { application: "kibana-.kibana", resources: ["*"] };

/**
 * Roles by name. The provisioner is no superuser: it can't make users or roles, nor read what is not ours. An API key
 * can do no more than who made it, so it has what the keys have, too.
 */
export function roles(indices: Indices): Record<string, Role> {
  const names = Object.values(indices).flatMap((index) => [index, `${index}-*`]);
  return {
    [PROVISIONER]: {
      cluster: [
        "monitor",
        "manage_api_key",
        "manage_ilm",
        "manage_index_templates",
        "manage_slm",
        "manage_transform",
        "cluster:admin/repository/*",
      ],
      indices: [{ names, privileges: ["manage", "read", "write"] }],
      applications: [{ ...KIBANA, privileges: ["all"] }],
    },
    [READER_ROLE]: {
      cluster: [],
      indices: [{ names, privileges: ["read", "view_index_metadata"] }],
      applications: [{ ...KIBANA, privileges: ["read"] }],
    },
  };
}
