import * as pulumi from "@pulumi/pulumi";
import type { KibanaDashboardInputs } from "../dashboards/build";
import { KIBANA_PACKAGE } from "./kibana-package";

export interface KibanaProviderArgs {
  endpoint: pulumi.Input<string>;
  username: string;
  password: pulumi.Input<string>;
  /** Of the CA, in PEM; without it those of Node are trusted. */
  ca?: pulumi.Input<string> | undefined;
}

/** Where {@link KibanaDashboard}s are made. */
export class KibanaProvider extends pulumi.ProviderResource {
  constructor(name: string, { password, ...rest }: KibanaProviderArgs, opts: pulumi.ResourceOptions) {
    super(KIBANA_PACKAGE, name, { ...rest, password: pulumi.secret(password) }, opts);
  }
}

/** What made the dashboards of stacks before. */
const FORMER_TYPE = "elasticstack:index/kibanaDashboard:KibanaDashboard";

/**
 * A dashboard, by the provider in this folder. It takes the place of the Elastic provider's in a stack that has that:
 * what is in Kibana is replaced there, and never deleted.
 */
export class KibanaDashboard extends pulumi.CustomResource {
  constructor(
    name: string,
    { dashboardId, body }: KibanaDashboardInputs,
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      `${KIBANA_PACKAGE}:index:Dashboard`,
      name,
      { dashboardId, body, seen: undefined },
      { ...opts, aliases: [{ type: FORMER_TYPE }] },
    );
  }
}
