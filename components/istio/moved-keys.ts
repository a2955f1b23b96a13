import type { MovedKeys } from "../core/contract/feature";

const REPLICAS = "override.istiod.replicas, which sets `autoscaleMin`, and with it the PodDisruptionBudget";
const NEVER =
  "nothing: the stack's pins set it (components/core/tables/pins.ts), and `override` single images";

/** Keys of the charts, and of guides, that would do nothing here or there: what to write instead. */
export const MOVED_KEYS: MovedKeys = {
  istiod: () =>
    `${REPLICAS}; the chart ignores all below \`istiod\`, and of \`replicaCount\` it makes no PodDisruptionBudget and an autoscaler from 1 on`,
  pilot: () =>
    `${REPLICAS}; \`override.istiod.resources\`; the chart's own values are no longer below \`pilot\``,
  replicaCount: () => `${REPLICAS}; of \`replicaCount\` the chart's autoscaler takes no notice`,
  replicas: () => REPLICAS,
  autoscaleMin: () => "override.istiod.replicas",
  autoscaleEnabled: () => "nothing: the autoscaler is what keeps two istiods, and its PodDisruptionBudget",
  ztunnel: () => "override.ztunnel.resources; 50m and 64Mi are not enough, its chart asks for 200m and 512Mi",
  cni: () => "override.istioCni; `chained` is its default, and a key of no other chart",
  hub: () => NEVER,
  tag: () => NEVER,
  global: () => NEVER,
  profile: () => "nothing: the mesh is ambient",
  env: () => "nothing: PILOT_ENABLE_AMBIENT is set with the ambient profile",
  ambient: () => "nothing: the mesh is ambient; `namespaces` says what is in it",
  peerAuthentication: () => "`mtls`",
  strict: () => "`mtls.mode: STRICT`, once `namespaces` lists what is in the mesh",
  meshConfig: () => "`outboundTrafficPolicy`, `serviceEntryVisibility`; access logs are JSON",
  discoverySelectors: () => "`namespaces`: what is not listed is not in the mesh",
  excludeNamespaces: () => "`namespaces`: what is not listed is not in the mesh, and needs no label `none`",
  podAnnotations: () =>
    "a label on the pod: `istio.io/dataplane-mode: none` is one, and as an annotation does nothing; for the rule `mesh-bypass` of `pod_admission` it takes an entry of `exceptions` with `admission: mesh-bypass`",
  validationFailurePolicy: () =>
    "nothing: Istio's objects are refused while no istiod can judge them, which istiod itself sets too",
  exportTo: () => "`serviceEntryVisibility`: of ambient's proxies none goes by exportTo (istio/istio#55163)",
};
