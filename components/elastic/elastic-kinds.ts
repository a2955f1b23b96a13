/** All kinds of ECK: its operator writes none itself. */
export const KINDS_OF_PEOPLE: readonly string[] = [
  "agents.v1alpha1.agent.k8s.elastic.co",
  "apmservers.v1.apm.k8s.elastic.co",
  "autoopsagentpolicies.v1alpha1.autoops.k8s.elastic.co",
  "beats.v1beta1.beat.k8s.elastic.co",
  "elasticmapsservers.v1alpha1.maps.k8s.elastic.co",
  "elasticsearchautoscalers.v1alpha1.autoscaling.k8s.elastic.co",
  "elasticsearches.v1.elasticsearch.k8s.elastic.co",
  "enterprisesearches.v1.enterprisesearch.k8s.elastic.co",
  "kibanas.v1.kibana.k8s.elastic.co",
  "logstashes.v1alpha1.logstash.k8s.elastic.co",
  "packageregistries.v1alpha1.packageregistry.k8s.elastic.co",
  "stackconfigpolicies.v1alpha1.stackconfigpolicy.k8s.elastic.co",
];
