import type * as pulumi from "@pulumi/pulumi";
import type { Capability, Ordered } from "../kubernetes/capabilities";

/** Which resources bring which capability; filled while the stack's resources are registered, providers first. */
export class CapabilityResources {
  private readonly providers = new Map<Capability, pulumi.Resource[]>();

  /** Notes what a part of the stack provides. */
  add({ provides = [] }: Ordered, resources: readonly pulumi.Resource[]): void {
    for (const capability of provides)
      this.providers.set(capability, [...(this.providers.get(capability) ?? []), ...resources]);
  }

  /**
   * What a part has to wait for. Concrete resources: a dependency on a component without children is silently ignored
   * (pulumi/pulumi#8721). A capability that nothing in the stack provides is taken to be the cluster's own.
   */
  neededBy({ after = [] }: Ordered): pulumi.Resource[] {
    return after.flatMap((capability) => this.providers.get(capability) ?? []);
  }
}
