import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Secrets of the stack config by their path, for instance `output.elasticsearch.apiKey`. */
export type SecretInputs = Readonly<Record<string, pulumi.Output<string>>>;

/** A cluster that this very program makes, for the rest of the stack. */
export interface MadeCluster {
  provider: k8s.Provider;
  /** Text of a kubeconfig without credentials; known once the API server lets the program in. */
  kubeconfig: pulumi.Output<string>;
  /** Once they are there pods start and volumes are made. */
  usable: readonly pulumi.Resource[];
}

/** Where a feature makes what can't be plain data. */
export interface ResourceScope {
  /** Value of `app.kubernetes.io/component`. */
  feature: string;
  /** Parent of all that it makes. */
  parent: pulumi.ComponentResource;
  secrets: SecretInputs;
  /** True where YAML is written and nothing deployed: there may be no cluster to ask. */
  rendersOnly: boolean;
  /** Text of the kubeconfig where this program makes the cluster; else it is the one in use that counts. */
  kubeconfig?: (() => Promise<string>) | undefined;
}

/** What a feature makes beside its plan: certificates and credentials, and what is inside of something that runs. */
export interface ExtraResources {
  /** Made before the feature's workloads and custom objects, which wait for them. */
  secrets: pulumi.Resource[];
  /** Called once the custom objects are registered, with those in the order of the plan. */
  contents?(customObjects: readonly k8s.apiextensions.CustomResource[]): void;
}
