/** Names of the indices that documents go to (`output.elasticsearch.indices`). */
export interface Indices {
  events: string;
  inventory: string;
  audit: string;
  network: string;
  mesh: string;
  admission: string;
  vulnerabilities: string;
  posture: string;
  correlations: string;
  responses: string;
  deadLetter: string;
}

/** All that happened: what is done through the Kubernetes API is an event like any other, but kept for longer. */
export function allEvents({ events, audit }: Pick<Indices, "events" | "audit">): string {
  return `${events},${audit}`;
}

/** A key of a Secret in the restricted namespace. */
export interface SecretKey {
  name: string;
  key: string;
}

/** The Elasticsearch that documents go to, as features see it, whoever runs it. */
export interface Store {
  /** HTTPS URLs, as pods reach it. */
  endpoints: readonly string[];
  indices: Indices;
  /** The gateway's encoded API key. */
  authSecretRef: SecretKey;
  /** Certificate of its CA; without one that of a public CA. */
  caSecretRef?: SecretKey | undefined;
  /** On which its pods listen, where it is a Service of the cluster; any port where that is not known. */
  podPort?: number | undefined;
  /** The program makes the API keys that features ask for, and their Secrets: nobody has to bring one. */
  makesKeys: boolean;
  /** The stack config holds the gateway's key, and the program makes its Secret. */
  keyIsGiven: boolean;
  /** What the user makes is in the cluster before an update. */
  secretsExist: boolean;
  /** Whoever runs Elasticsearch for the stack makes the Secret with its CA. */
  makesCa: boolean;
}

/** Names of the Secrets for the gateway that the user makes, when they like. */
export function broughtSecrets({
  authSecretRef,
  caSecretRef,
  makesKeys,
  keyIsGiven,
  makesCa,
}: Store): string[] {
  return [
    ...(makesKeys || keyIsGiven ? [] : [authSecretRef.name]),
    ...(caSecretRef && !makesCa ? [caSecretRef.name] : []),
  ];
}

/** Index that the alerts are written to; the stack's own, whatever the others are called. */
export const ALERTS_INDEX = "security-alerts";

/** Index with the newest document of each row of the inventory, kept by a transform. */
export function currentInventory({ inventory }: Indices): string {
  return `${inventory}-current`;
}
