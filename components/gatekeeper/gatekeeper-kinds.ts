/** Not those in which Gatekeeper notes what its pods have read. Constraints go with their templates. */
export const KINDS_OF_PEOPLE: readonly string[] = [
  "constrainttemplates.v1.templates.gatekeeper.sh",
  "assign.v1.mutations.gatekeeper.sh",
  "assignimage.v1alpha1.mutations.gatekeeper.sh",
  "assignmetadata.v1.mutations.gatekeeper.sh",
  "modifyset.v1.mutations.gatekeeper.sh",
  "expansiontemplate.v1beta1.expansion.gatekeeper.sh",
  "providers.v1beta1.externaldata.gatekeeper.sh",
  "connections.v1alpha1.connection.gatekeeper.sh",
  "configs.v1alpha1.config.gatekeeper.sh",
  "syncsets.v1alpha1.syncset.gatekeeper.sh",
];
