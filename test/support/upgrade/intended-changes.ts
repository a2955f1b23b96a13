/** A change that an upgrade from commit d45a839 makes to a resource, and why. */
export interface IntendedChange {
  /** Kind and name in the program: "DaemonSet daemonset/security-system/falco". */
  resource: string;
  operation: "create" | "update" | "replace" | "delete";
  /**
   * The properties that differ, each with all that is below it, as the engine writes their paths; none of a resource
   * that is created or deleted. One that does not differ any more fails the test too.
   */
  properties: readonly string[];
  reason: string;
}

/** What a preview of today's program on the state of d45a839 shows; anything else is a fault. */
export const INTENDED_CHANGES: readonly IntendedChange[] = [
  // Platform.
  updated(
    "NetworkPolicy networkpolicy/security-system/allow-dns",
    "names are resolved through a node-local DNS cache too, by its usual address",
    ["spec.egress[0].to[1]"],
  ),
  updated(
    "NetworkPolicy networkpolicy/security-pipeline/allow-dns",
    "names are resolved through a node-local DNS cache too, by its usual address",
    ["spec.egress[0].to[1]"],
  ),

  // Falco.
  updated(
    "ConfigMap configmap/security-system/falco",
    "lost events become an alert; the user's number is an output field; it listens at the pod's own address",
    ['data["falco.yaml"]'],
  ),
  updated(
    "ConfigMap configmap/security-system/falco-rules",
    "ways around the rules are closed; hidden files are a new one",
    ["data"],
  ),
  updated(
    "DaemonSet daemonset/security-system/falco",
    "the runtime's folder is mounted in place of its socket, which a restart of the runtime replaces; DAC_READ_SEARCH reads files of other users; the pod's own address",
    [
      "spec.template.metadata.annotations.checksum/config",
      "spec.template.spec.containers[0].env",
      "spec.template.spec.containers[0].securityContext.capabilities.add",
      "spec.template.spec.containers[0].volumeMounts[4].mountPath",
      "spec.template.spec.volumes[4].hostPath",
    ],
  ),

  // osquery.
  updated(
    "ConfigMap configmap/security-system/osquery-config",
    "queries that the watchdog stopped are reported; what a container cannot read of the host is left out",
    ['data["osquery.conf"]'],
  ),
  updated("DaemonSet daemonset/security-system/osquery", "its configuration changed", [
    "spec.template.metadata.annotations.checksum/config",
  ]),

  // Tetragon.
  updated(
    "ConfigMap tetragon:security-system/tetragon-config",
    "more kinds of events are exported, and the runtime's own starts are not",
    ["data"],
  ),
  updated("DaemonSet tetragon:security-system/tetragon", "its configuration changed", [
    "spec.template.metadata.annotations.checksum/configmap",
  ]),
  updated(
    "TracingPolicy tracingpolicy/process-exec",
    "memory files and interpreters that d45a839 did not see",
    ["spec.kprobes"],
  ),
  updated(
    "TracingPolicy tracingpolicy/container-escape-monitor",
    "hooks for further ways out of a container; the sensors have a policy of their own",
    ["spec.kprobes", "spec.podSelector"],
  ),
  created(
    "TracingPolicy tracingpolicy/container-escape-monitor-sensors",
    "the same for the sensors, less what they do all day",
  ),
  created("TracingPolicy tracingpolicy/process-access", "new policy: memory of another process"),
  created(
    "TracingPolicy tracingpolicy/process-access-sensors",
    "the same for the sensors, less what they do all day",
  ),
  created("TracingPolicy tracingpolicy/credential-access", "new policy"),
  created("TracingPolicy tracingpolicy/cron-persistence", "new policy"),
  created("TracingPolicy tracingpolicy/suspicious-egress", "new policy"),

  // Trivy.
  updated(
    "ConfigMap trivy-operator:security-pipeline/trivy-operator-trivy-config",
    "the target and the class are part of a finding's identity",
    ['data["trivy.additionalVulnerabilityReportFields"]'],
  ),
  updated(
    "ConfigMap configmap/security-pipeline/trivy-reporter-program",
    "the program is built when the stack is planned",
    ['data["reporter.js"]'],
  ),
  updated("ClusterRole clusterrole/trivy-reporter", "the images that pods run now are in use", [
    "rules[1].apiGroups[0]",
    "rules[1].resources[0]",
    "rules[1].verbs[0]",
    "rules[2].apiGroups[0]",
    "rules[2].resources[0]",
    "rules[3]",
  ]),
  updated(
    "CronJob cronjob/security-pipeline/trivy-reporter",
    "its program changed, and is told of the scanners and of the index of posture; the same settings in another order",
    [
      "spec.jobTemplate.spec.template.metadata.annotations.checksum/config",
      "spec.jobTemplate.spec.template.spec.containers[0].env",
    ],
  ),

  // Pipeline.
  updated(
    "ConfigMap configmap/security-system/node-collector-config",
    "the health check listens on IPv6 addresses too",
    ['data["config.yaml"]'],
  ),
  updated(
    "ConfigMap configmap/security-pipeline/gateway-config",
    "lines that documents were lost or cut by; the health check listens on IPv6 addresses too",
    ['data["config.yaml"]'],
  ),
  updated(
    "DaemonSet daemonset/security-system/node-collector",
    "its configuration changed; new certificates restart the pods",
    [
      "spec.template.metadata.annotations.checksum/config",
      "spec.template.metadata.annotations.security-stack/certificates-generation",
    ],
  ),
  updated(
    "StatefulSet statefulset/security-pipeline/gateway",
    "its configuration changed; new certificates restart the pods; an update waits as long as Elasticsearch may take",
    [
      "metadata.annotations",
      "spec.template.metadata.annotations.checksum/config",
      "spec.template.metadata.annotations.security-stack/certificates-generation",
    ],
  ),

  // Elasticsearch.
  updated(
    "ConfigMap elastic-operator:security-pipeline/elastic-operator",
    "ECK's certificate authority is valid for ten years, since collectors do not read it again",
    ['data["eck.yaml"]'],
  ),
  updated("StatefulSet elastic-operator:security-pipeline/elastic-operator", "its configuration changed", [
    "spec.template.metadata.annotations.checksum/config",
  ]),
  updated(
    "Elasticsearch elasticsearch/security-pipeline/security",
    "fields that ECK writes itself are left to it; a service account without rights; waited for",
    [
      'metadata.annotations["pulumi.com/waitFor"]',
      'metadata.annotations["pulumi.com/patchForce"]',
      "spec.auth.disableElasticUser",
      "spec.nodeSets[0].podTemplate.spec.serviceAccountName",
      "spec.nodeSets[0].podTemplate.spec.tolerations",
    ],
  ),
  updated(
    "Kibana kibana/security-pipeline/security",
    "fields that ECK writes itself are left to it; its encryption keys are kept; waited for; its keystore's container meets the namespace's level",
    [
      'metadata.annotations["pulumi.com/waitFor"]',
      'metadata.annotations["pulumi.com/patchForce"]',
      "spec.podTemplate.spec.initContainers",
      "spec.podTemplate.spec.tolerations",
      "spec.secureSettings",
    ],
  ),
  created(
    "ServiceAccount serviceaccount/security-pipeline/elasticsearch",
    "Elasticsearch's pods run under an account of their own",
  ),
  created(
    "Secret secret/security-pipeline/security-stack-kibana-keys",
    "Kibana's encryption keys, which saved objects outlive",
  ),
];

function updated(resource: string, reason: string, properties: readonly string[]): IntendedChange {
  return { resource, operation: "update", properties, reason };
}

function created(resource: string, reason: string): IntendedChange {
  return { resource, operation: "create", properties: [], reason };
}
