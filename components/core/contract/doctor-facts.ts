/** What `npm run doctor` looks for because of one feature. */
export interface DoctorFacts {
  /** A CRD that another installation of the same tool would bring, and how people call that. */
  crd?: { name: string; installation: string };
  /** CPU architectures that its images are made for (`kubernetes.io/arch`), where not for all. */
  architectures?: { names: readonly string[]; fix: string };
  /** The oldest Linux kernel that its programs run on. */
  kernel?: { major: number; minor: number; fix: string };
  /** What of others in the cluster it can't be beside, or only where its config says so. */
  rivals?: readonly Rival[];
  /** Agents of its own that probe the way from node to node. */
  betweenNodes?: BetweenNodes;
}

/** DaemonSets of others, by the names that their makers give them. */
export interface Rival {
  daemonSets: readonly string[];
  /** What they are: "another network of pods". */
  what: string;
  /** False where the feature's config is made for them. */
  isInTheWay(config: unknown): boolean;
  fix: string;
}

/** Pods on the nodes that try to reach those of all other nodes, and count in their metrics how many they don't. */
export interface BetweenNodes {
  /** Label selector of the pods. */
  agents: string;
  /** Of `/metrics`, without TLS. */
  metricsPort: number;
  /** What has to be open from each node to each: "UDP 51871"; undefined where the config needs no look. */
  wanted(config: unknown): string | undefined;
  /** How many others the agent does not reach; undefined where its metrics have no word of it. */
  notReached(metrics: string): number | undefined;
  fix: string;
}
