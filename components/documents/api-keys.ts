import type { Indices } from "./store";

/** What an API key may do: Elasticsearch's `role_descriptors`, by the name of the role. */
export type RoleDescriptors = Record<string, RoleDescriptor>;

export interface RoleDescriptor {
  /** Cluster privileges; none of ours has any. */
  cluster: string[];
  indices: { names: string[]; privileges: string[] }[];
}

/**
 * The gateway's key: adds documents, and lets Elasticsearch make the index and its mapping for them. It can't read,
 * change or delete what was written, so that whoever takes a gateway over can't remove traces. Vulnerabilities and posture
 * are not its own.
 */
export function gatewayKey(indices: Indices): RoleDescriptors {
  const { events, inventory, audit, network, mesh, admission, deadLetter } = indices;
  return role(
    "security-gateway",
    [events, inventory, audit, network, mesh, admission, deadLetter],
    ["create_doc", "auto_configure"],
  );
}

/**
 * The key of the reporter of findings: it compares what is stored with what it finds, and so reads and updates.
 * "index" does not delete.
 */
export function reporterKey({ vulnerabilities, posture }: Indices): RoleDescriptors {
  return role("security-reporter", [vulnerabilities, posture], ["read", "index", "auto_configure"]);
}

/**
 * The key of the correlator: it reads events, findings and what it found before, and adds to that. It can't change or
 * delete what it wrote.
 */
export function correlatorKey({ events, audit, vulnerabilities, correlations }: Indices): RoleDescriptors {
  const reads = [events, audit, vulnerabilities, correlations].flatMap(patterns);
  return {
    "security-correlator": {
      cluster: [],
      indices: [
        { names: reads, privileges: ["read"] },
        { names: patterns(correlations), privileges: ["create_doc", "auto_configure"] },
      ],
    },
  };
}

/** A key that reads all documents and changes nothing: dashboards, checks. */
export function readerKey(indices: Indices): RoleDescriptors {
  return role("security-reader", Object.values(indices), ["read", "view_index_metadata"]);
}

/** The key of what passes documents on: it reads all of them and changes nothing. */
export function forwarderKey(indices: Indices): RoleDescriptors {
  return role("security-forwarder", Object.values(indices), ["read"]);
}

/** The key of the responder: it adds what it did, and can't read, change or delete what is there. */
export function responderKey({ responses }: Indices): RoleDescriptors {
  return role("security-responder", [responses], ["create_doc", "auto_configure"]);
}

/** The key of the notifier: it asks for what alert rules look for, in whichever index. */
export function notifierKey(indices: Indices): RoleDescriptors {
  return role("security-notifier", Object.values(indices), ["read"]);
}

function role(name: string, indices: string[], privileges: string[]): RoleDescriptors {
  return { [name]: { cluster: [], indices: [{ names: indices.flatMap(patterns), privileges }] } };
}

/** The index itself and those that its template is for. */
function patterns(index: string): string[] {
  return [index, `${index}-*`];
}
