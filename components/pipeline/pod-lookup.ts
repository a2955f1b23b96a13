import type { CollectorComponent } from "../feature";
import { field, literal, set } from "./ottl";

const NAMESPACE = "k8s.namespace.name";
const POD = "k8s.pod.name";
const LABEL_PREFIX = "k8s.pod.labels.";

// The labels of a pod as one map on the resource, made once for all records of the pod.
const LABELS = 'resource.attributes["security.pod_labels"]';

/**
 * The processors that add a pod's uid and labels to documents that name the pod, in their order. The pod is always
 * the one that the event names: the path of a log file or the address of a connection would be the sensor's own.
 */
export const POD_LOOKUP: readonly { id: string; config: CollectorComponent }[] = [
  {
    id: "transform/pod_name",
    config: {
      error_mode: "silent",
      log_statements: [
        {
          conditions: [`${field("kubernetes.pod.name")} != nil`],
          statements: [
            `set(log.attributes[${literal(NAMESPACE)}], ${field("kubernetes.namespace")})`,
            `set(log.attributes[${literal(POD)}], ${field("kubernetes.pod.name")})`,
          ],
        },
      ],
    },
  },
  // k8s_attributes looks at resources only: each pod's records get a resource of their own.
  { id: "groupbyattrs/pod", config: { keys: [NAMESPACE, POD] } },
  {
    id: "k8s_attributes",
    config: {
      auth_type: "serviceAccount",
      extract: {
        metadata: [NAMESPACE, POD, "k8s.pod.uid"],
        labels: [{ tag_name: `${LABEL_PREFIX}$$1`, key_regex: "(.*)", from: "pod" }],
      },
      pod_association: [
        {
          sources: [
            { from: "resource_attribute", name: NAMESPACE },
            { from: "resource_attribute", name: POD },
          ],
        },
      ],
    },
  },
  {
    id: "transform/pod_fields",
    config: {
      error_mode: "silent",
      log_statements: [
        { statements: collectLabels() },
        {
          conditions: ['resource.attributes["k8s.pod.uid"] != nil'],
          statements: [
            set("kubernetes.pod.uid", 'resource.attributes["k8s.pod.uid"]'),
            set("kubernetes.labels", LABELS),
          ],
        },
      ],
    },
  },
];

function collectLabels(): string[] {
  const labels = 'resource.cache["labels"]';
  const prefix = literal(`^${LABEL_PREFIX.replaceAll(".", "\\.")}`);
  return [
    `set(${labels}, resource.attributes)`,
    `keep_matching_keys(${labels}, ${prefix})`,
    `replace_all_patterns(${labels}, "key", ${prefix}, "")`,
    `set(${LABELS}, ${labels}) where Len(${labels}) > 0`,
  ];
}
