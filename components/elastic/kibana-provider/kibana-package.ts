/** Name of the provider's package, as Pulumi.yaml has it among `plugins` and types of resources begin with it. */
export const KIBANA_PACKAGE = "security-stack-kibana";
